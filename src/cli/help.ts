import type { Command, OptionSpecs } from './command.js';
import { COMMON_OPTIONS } from './command.js';
import { EXIT_TABLE } from './exit-codes.js';

/** `tusker --help`. */
export function overview(commands: readonly Command[]): string {
  return [
    'tusker: pieces of a task are worked on by any server under a lock each; the whole is released once, to one worker.',
    '',
    'Usage: tusker COMMAND [arguments] [options]',
    '',
    'Commands:',
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    '',
    'Options of every command:',
    ...optionLines({ ...COMMON_OPTIONS, version: { summary: 'the version (without a command)' } }),
    '',
    'Durations are 500ms, 30s, 5m, 2h, 1d, or plain milliseconds.',
    '',
    'Exit codes:',
    ...columns(EXIT_TABLE),
    '',
    'tusker COMMAND --help tells more, with examples.',
  ].join('\n');
}

/** `tusker COMMAND --help`. */
export function commandHelp({ name, summary, usage, options, details, examples }: Command): string {
  const [before, command] = usage.split('-- ');
  const words = [before?.trim(), '[options]', command === undefined ? '' : `-- ${command}`];
  return [
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.`,
    '',
    `Usage: tusker ${[name, ...words].filter((word) => word !== '').join(' ')}`,
    ...(details ? ['', ...details] : []),
    '',
    'Options:',
    ...optionLines({ ...options, ...COMMON_OPTIONS }),
    '',
    examples.length > 1 ? 'Examples:' : 'Example:',
    ...examples.map((example) => `  ${example}`),
  ].join('\n');
}

function optionLines(options: OptionSpecs): string[] {
  return columns(
    Object.entries(options).map(([name, { value, short, summary, default: byDefault }]) => [
      `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
      `${summary}${byDefault === undefined ? '' : ` (${byDefault})`}`,
    ]),
  );
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
