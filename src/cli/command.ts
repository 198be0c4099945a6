import type { Tusker } from '../index.js';
import type { Input } from './input.js';
import type { Output } from './output.js';

/** An option. With a `value` it takes one, and that is how the help calls it; without it is a flag. */
export interface OptionSpec {
  readonly value?: string;
  readonly short?: string;
  readonly summary: string;
  /** The default in words. */
  readonly default?: string;
}
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What a command runs with. */
export interface Context {
  readonly input: Input;
  readonly output: Output;
  /** The namespace, opened at its first use and closed after the command. */
  readonly tusker: Tusker;
}

/** One command of the command line: `tusker NAME …`. */
export interface Command {
  readonly name: string;
  /** A line in the list of commands. */
  readonly summary: string;
  /**
   * What follows the name: capitals are arguments, brackets make one optional, `-- COMMAND …` is a command to run. The
   * arguments are checked against it.
   */
  readonly usage: string;
  readonly options: OptionSpecs;
  /** What people must know besides, in lines. */
  readonly details?: readonly string[];
  readonly examples: readonly string[];
  /** Gives the exit code. */
  run(context: Context): Promise<number>;
}

/** The options that every command has. */
export const COMMON_OPTIONS: OptionSpecs = {
  url: { value: 'URL', summary: 'the store: sqlite:PATH', default: 'TUSKER_URL, else sqlite:./tusker.db' },
  namespace: { value: 'NAME', short: 'n', summary: 'the namespace', default: 'default' },
  json: { summary: 'only JSON on standard output (a document, or a line for each item), errors as JSON too' },
  help: { short: 'h', summary: 'this help' },
};
