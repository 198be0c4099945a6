import { parseArgs } from 'node:util';
import type { Command, OptionSpecs } from './command.js';
import { COMMON_OPTIONS } from './command.js';
import { UsageError } from './errors.js';
import { nearest } from './text.js';

export interface Parsed {
  readonly positionals: readonly string[];
  /** The text of an option, or true for a flag. */
  readonly values: ReadonlyMap<string, string | true>;
  /** What stands behind `--`, for commands that run one. */
  readonly command: readonly string[];
}

/** Where the name of the command stands among the arguments: common options may come before it. */
export function findCommand(args: readonly string[]): number | undefined {
  return tokensOf(args, COMMON_OPTIONS).find(({ kind }) => kind === 'positional')?.index;
}

/** The arguments behind the name of a command, checked against its usage. @throws UsageError */
export function parseCommandLine({ name, usage, options }: Command, given: readonly string[]): Parsed {
  const [args, command] = takesCommand(usage) ? splitCommand(given) : [given, []];
  const specs = { ...options, ...COMMON_OPTIONS };
  const values = new Map<string, string | true>();
  const positionals: string[] = [];
  for (const token of tokensOf(args, specs)) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind === 'option') values.set(token.name, optionValue(name, token, specs));
  }
  if (!values.has('help')) checkCounts(name, usage, positionals, command);
  return { positionals, values, command };
}

function tokensOf(args: readonly string[], specs: OptionSpecs) {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { value, short }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short !== undefined && { short }) },
    ]),
  );
  return parseArgs({ args: [...args], options, allowPositionals: true, strict: false, tokens: true }).tokens;
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function optionValue(command: string, token: OptionToken, specs: OptionSpecs): string | true {
  const { name, rawName, value, inlineValue } = token;
  const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
  if (!spec) {
    const meant = nearest(name, Object.keys(specs));
    const hint = meant === undefined ? `tusker ${command} --help lists them` : `did you mean --${meant}?`;
    throw new UsageError(`${command} has no option ${rawName}; ${hint}`);
  }
  if (spec.value === undefined) {
    if (value !== undefined) throw new UsageError(`${rawName} is a flag and takes no value`);
    return true;
  }
  if (value === undefined) throw new UsageError(`${rawName} needs a value: ${rawName} ${spec.value}`);
  // What looks like an option was meant as one more often than as a value.
  if (inlineValue !== true && value.startsWith('-') && value.length > 1) {
    throw new UsageError(
      `${rawName} needs a value: ${rawName} ${spec.value} (for one with a dash: --${name}=${value})`,
    );
  }
  return value;
}

/** It runs a command that stands behind `--`. */
export function takesCommand(usage: string): boolean {
  return usage.includes('-- ');
}

function splitCommand(args: readonly string[]): [args: readonly string[], command: readonly string[]] {
  const at = args.indexOf('--');
  return at < 0 ? [args, []] : [args.slice(0, at), args.slice(at + 1)];
}

interface ArgumentSpec {
  readonly name: string;
  readonly isOptional: boolean;
  /** It may come again and again. */
  readonly isMany: boolean;
}

/** The arguments in a usage, in their order: `TASK`, `[FILE]`, `[TASK…]`. */
export function argumentsOf(usage: string): ArgumentSpec[] {
  const words = (usage.split('-- ')[0] ?? '').split(' ').filter((word) => word !== '');
  return words.map((word) => ({
    name: word.replace(/[[\]…]/g, ''),
    isOptional: word.startsWith('['),
    isMany: word.includes('…'),
  }));
}

function checkCounts(name: string, usage: string, positionals: readonly string[], command: readonly string[]): void {
  const specs = argumentsOf(usage);
  const missing = specs[positionals.length];
  const line = `usage: tusker ${name} ${usage}`.trim();
  if (missing && !missing.isOptional) throw new UsageError(`${missing.name} is missing; ${line}`);
  const extra = specs.at(-1)?.isMany === true ? undefined : positionals[specs.length];
  if (extra !== undefined) throw new UsageError(`${JSON.stringify(extra)} is one argument too many; ${line}`);
  if (takesCommand(usage) && command.length === 0) throw new UsageError(`a command is missing behind --; ${line}`);
}
