import { createRequire } from 'node:module';
import type { Tusker } from '../index.js';
import { createTusker } from '../index.js';
import { redisStore } from '../stores/redis/index.js';
import type { Command, Context } from './command.js';
import { COMMON_OPTIONS } from './command.js';
import { COMMANDS } from './commands.js';
import { OutputClosedError, UsageError } from './errors.js';
import { EXIT } from './exit-codes.js';
import type { Paper } from './help.js';
import { commandHelp, overview } from './help.js';
import { Input } from './input.js';
import { firstContact, PATIENCE } from './outage.js';
import { Output } from './output.js';
import { findCommand, parseCommandLine } from './parse.js';
import { isRedisUrl, storeUrl } from './store-url.js';
import type { Surroundings } from './surroundings.js';
import { nearest } from './text.js';

const DEFAULT_COLUMNS = 100;

/**
 * Runs the command line with the arguments behind `tusker`; gives the exit code. Never rejects. It touches nothing but
 * what it is given, and has no listeners left there when it ends.
 */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const output = new Output(asksForJson(args), surroundings);
  try {
    return await dispatch(args, { output, surroundings });
  } catch (error) {
    return error instanceof OutputClosedError ? EXIT.ok : output.error(error);
  }
}

/** Known before all else, for an error in the arguments is told as JSON too. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? undefined : end).includes('--json');
}

type Run = Pick<Context, 'output' | 'surroundings'>;

async function dispatch(args: readonly string[], run: Run): Promise<number> {
  const at = findCommand(args);
  if (at === undefined) return withoutCommand(args, run);
  const rest = args.filter((_, index) => index !== at);
  const name = args[at] ?? '';
  if (name === 'help') return runHelp(rest, run);
  return runCommand(commandNamed(name), rest, run);
}

async function withoutCommand(args: readonly string[], run: Run): Promise<number> {
  if (args.includes('--version')) {
    const version = packageVersion();
    await run.output.show({ version }, version);
    return EXIT.ok;
  }
  if (args.includes('--help') || args.includes('-h')) {
    await showOverview(run);
    return EXIT.ok;
  }
  const strange = args.find((arg) => arg.startsWith('-') && arg !== '--json');
  throw new UsageError(
    `a command is missing${strange === undefined ? '' : ` beside ${strange}`}; tusker --help lists them`,
  );
}

async function runHelp(args: readonly string[], run: Run): Promise<number> {
  const name = args.find((arg) => !arg.startsWith('-'));
  await (name === undefined ? showOverview(run) : showHelp(commandNamed(name), run));
  return EXIT.ok;
}

async function showOverview(run: Run): Promise<void> {
  const summaries = COMMANDS.map(({ name, summary }) => ({ name, summary }));
  await run.output.show({ commands: summaries, options: COMMON_OPTIONS }, overview(COMMANDS, paperOf(run)));
}

async function showHelp(command: Command, run: Run): Promise<void> {
  const { run: _, ...data } = command;
  await run.output.show({ ...data, commonOptions: COMMON_OPTIONS }, commandHelp(command, paperOf(run)));
}

/** A page of help is as wide as the terminal, within what is good to read. */
function paperOf({ output, surroundings: { stdout } }: Run): Paper {
  const { columns = DEFAULT_COLUMNS } = stdout.isTTY ? stdout : {};
  return { palette: output.palette, columns: Math.min(Math.max(columns, 40), DEFAULT_COLUMNS) };
}

function commandNamed(name: string): Command {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command) return command;
  const meant = nearest(
    name,
    COMMANDS.map((candidate) => candidate.name),
  );
  const hint = meant === undefined ? 'tusker --help lists them' : `did you mean ${meant}?`;
  throw new UsageError(`there is no command ${JSON.stringify(name)}; ${hint}`);
}

async function runCommand(command: Command, args: readonly string[], run: Run): Promise<number> {
  const parsed = parseCommandLine(command, args);
  const input = new Input(command.usage, parsed);
  if (input.flag('help')) {
    await showHelp(command, run);
    return EXIT.ok;
  }
  const lasts = command.lasts?.(input);
  await using store = new LazyStore(input, run.surroundings, lasts === undefined);
  const context = {
    ...run,
    input,
    commands: COMMANDS,
    get storeUrl() {
      return store.url;
    },
    get tusker() {
      return store.tusker;
    },
    reached: (signal?: AbortSignal) => store.reached(signal),
  };
  return await command.run(context);
}

/** The store that the options name, opened for those commands that ask for it. */
class LazyStore implements AsyncDisposable {
  #tusker: Tusker | undefined;

  constructor(
    private readonly input: Input,
    private readonly surroundings: Surroundings,
    private readonly isHasty: boolean,
  ) {}

  get url(): string {
    return storeUrl(this.input.text('url'), this.surroundings);
  }

  get tusker(): Tusker {
    this.#tusker ??= this.#open().namespace(this.input.text('namespace') ?? 'default');
    return this.#tusker;
  }

  #open(): Tusker {
    const { url } = this;
    if (!this.isHasty || !isRedisUrl(url)) return createTusker(url);
    return createTusker({ store: redisStore(url, { retryFor: PATIENCE, commandTimeout: PATIENCE }) });
  }

  /** @throws ConnectionError when a server does not answer soon */
  async reached(signal?: AbortSignal): Promise<void> {
    if (isRedisUrl(this.url)) await firstContact(this.tusker, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tusker?.stop();
  }
}

function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  return version;
}
