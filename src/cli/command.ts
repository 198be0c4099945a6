import type { Tusker } from '../index.js';
import type { Input } from './input.js';
import type { Output } from './output.js';
import type { Surroundings } from './surroundings.js';

/** An option. With a `value` it takes one, and that is how the help calls it; without it is a flag. */
export interface OptionSpec {
  readonly value?: string;
  readonly short?: string;
  readonly summary: string;
  /** The default in words. */
  readonly default?: string;
  /** The values there are: the help lists them, and shells complete them. */
  readonly words?: readonly string[];
  /** The value is a path: shells complete files. */
  readonly isPath?: boolean;
}
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What a command runs with. */
export interface Context {
  readonly input: Input;
  readonly output: Output;
  /** The namespace, opened at its first use and closed after the command. */
  readonly tusker: Tusker;
  /**
   * For a command that waits: resolves when the server of the store has answered.
   *
   * @throws ConnectionError when it has not within 3 s; the reason of the signal
   */
  reached(signal?: AbortSignal): Promise<void>;
  /** The store that was named, or the default. @throws InvalidArgumentError when there is none */
  readonly storeUrl: string;
  readonly surroundings: Surroundings;
  /** All commands, in the order of the help. */
  readonly commands: readonly Command[];
}

/** One command of the command line: `tusker NAME …`. */
export interface Command {
  readonly name: string;
  /** A line in the list of commands. */
  readonly summary: string;
  /**
   * What follows the name: capitals are arguments, brackets make one optional, `…` lets it come again and again,
   * `-- COMMAND …` is a command to run. The arguments are checked against it.
   */
  readonly usage: string;
  readonly options: OptionSpecs;
  /**
   * What people must know besides. Lines are joined to paragraphs and folded to the width of the terminal; an empty line
   * parts two, and one that begins with a blank stays as it is.
   */
  readonly details?: readonly string[];
  /** What its exit codes mean, beside those that all commands have. */
  readonly exits?: readonly (readonly [code: string, meaning: string])[];
  /** Lines for a shell; one that begins with `#` says what the next one is for. */
  readonly examples: readonly string[];
  /** Other commands to look at. */
  readonly seeAlso?: readonly string[];
  /**
   * Whether it lasts. One that does not gives up a store that cannot be reached for 3 s. One that waits, or runs a command, does
   * so at its beginning only. One that runs on says once that the store is away, and tries on.
   */
  lasts?(input: Input): 'waits' | 'runs on' | undefined;
  /** Gives the exit code. */
  run(context: Context): Promise<number>;
}

/** The options that every command has. */
export const COMMON_OPTIONS: OptionSpecs = {
  url: {
    value: 'URL',
    summary: 'the store: sqlite:PATH, redis://HOST:PORT, or rediss://… with TLS',
    default: 'TUSKER_URL, else sqlite:./tusker.db',
  },
  namespace: { value: 'NAME', short: 'n', summary: 'the namespace', default: 'default' },
  json: { summary: 'only JSON on standard output (a document, or a line for each item), errors as JSON too' },
  help: { short: 'h', summary: 'this help' },
};
