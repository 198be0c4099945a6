import type { Command, OptionSpec, OptionSpecs } from '../command.js';
import { COMMON_OPTIONS } from '../command.js';
import { takesCommand } from '../parse.js';

/** What a shell has to know of a command. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** What its arguments are, where that can be told: these words, files, or nothing known. */
  readonly argument: readonly string[] | 'files' | undefined;
  /** A command of the system stands behind `--`. */
  readonly takesCommand: boolean;
}
export interface CompletedOption extends OptionSpec {
  readonly name: string;
}

/** The shells that there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** All commands with all their options, and `help`. */
export function completedCommands(commands: readonly Command[]): readonly CompletedCommand[] {
  const names = commands.map(({ name }) => name);
  const help = { name: 'help', summary: 'all about a command', options: [], argument: names, takesCommand: false };
  const all = commands.map(
    ({ name, summary, usage, options }): CompletedCommand => ({
      name,
      summary,
      options: optionsOf({ ...options, ...COMMON_OPTIONS }),
      argument: usage.startsWith('SHELL') ? SHELLS : usage.includes('FILE') ? 'files' : undefined,
      takesCommand: takesCommand(usage),
    }),
  );
  return [...all, help];
}

/** Those that may come before the command. */
export const LEADING_OPTIONS: readonly CompletedOption[] = optionsOf({
  ...COMMON_OPTIONS,
  version: { summary: 'the version' },
});

/** All that take a value, in any command, as they are written: `--ttl`, `-n`. */
export function valueFlags(commands: readonly CompletedCommand[]): readonly string[] {
  const flags = commands
    .flatMap(({ options }) => options)
    .filter(({ value }) => value !== undefined)
    .flatMap(flagsOf);
  return [...new Set(flags)];
}

/** An option as it is written: `--namespace` and `-n`. */
export function flagsOf({ name, short }: CompletedOption): readonly string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}

function optionsOf(specs: OptionSpecs): readonly CompletedOption[] {
  return Object.entries(specs).map(([name, spec]) => ({ name, ...spec }));
}

/** A text as one word of a shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
