import type { Palette } from './colours.js';
import type { Command, OptionSpec, OptionSpecs } from './command.js';
import { COMMON_OPTIONS } from './command.js';
import { EXIT_TABLE } from './exit-codes.js';
import { folded } from './text.js';

/** What help is written on. */
export interface Paper {
  readonly palette: Palette;
  /** Lines are folded to this many characters. */
  readonly columns: number;
}

const INDENT = '  ';
const GAP = '  ';
/** A left column wider than this has its text on the next line. */
const WIDEST_LEFT = 26;
/** They mean the same in every command. */
const COMMON_EXITS = ['0', '1', '2', '69', '128+n'];

/** `tusker --help`. */
export function overview(commands: readonly Command[], paper: Paper): string {
  const options = { ...COMMON_OPTIONS, version: { summary: 'the version (without a command)' } };
  return sections(paper, [
    ['NAME', ['tusker - pieces of a task are done by any server, the whole is merged once, by one worker']],
    ['SYNOPSIS', ['tusker COMMAND [ARGUMENT…] [OPTION…]', 'tusker help COMMAND']],
    [
      'COMMANDS',
      columns(
        commands.map(({ name, summary }) => [name, summary]),
        paper,
      ),
    ],
    ['OPTIONS OF EVERY COMMAND', optionLines(options, paper)],
    ['DURATIONS', ['500ms, 30s, 5m, 2h, 1d, or plain milliseconds; 1 ms to 366 days.']],
    [
      'ENVIRONMENT',
      columns(
        [
          ['TUSKER_URL', 'the store, where --url does not say'],
          ['NO_COLOR', 'when set: no colours'],
          ['FORCE_COLOR', 'when set: colours without a terminal too; 0 for none'],
        ],
        paper,
      ),
    ],
    ['EXIT CODES', columns(EXIT_TABLE, paper)],
    [
      'MORE',
      folded(
        'tusker help COMMAND tells all about one, with examples. tusker completion prints a script for your shell.',
        paper.columns - INDENT.length,
      ),
    ],
  ]);
}

/** `tusker COMMAND --help`. */
export function commandHelp(command: Command, paper: Paper): string {
  const { name, summary, options, details = [], exits = [], examples, seeAlso = [] } = command;
  const hasOptions = Object.keys(options).length > 0;
  return sections(paper, [
    ['NAME', [`tusker ${name} - ${summary}`]],
    ['SYNOPSIS', [synopsis(command)]],
    ['DESCRIPTION', paragraphs(details, paper.columns - INDENT.length)],
    ['OPTIONS', hasOptions ? optionLines(options, paper) : []],
    ['OPTIONS OF EVERY COMMAND', optionLines(COMMON_OPTIONS, paper)],
    ['EXIT CODES', columns([...exitsOf(exits)], paper)],
    [examples.length > 1 ? 'EXAMPLES' : 'EXAMPLE', examples.map((line) => exampleLine(line, paper))],
    ['SEE ALSO', seeAlso.length > 0 ? [seeAlso.map((other) => `tusker ${other}`).join(', ')] : []],
  ]);
}

function synopsis({ name, usage }: Command): string {
  const [before, command] = usage.split('-- ');
  const words = [name, before?.trim() ?? '', '[OPTION…]', command === undefined ? '' : `-- ${command}`];
  return `tusker ${words.filter((word) => word !== '').join(' ')}`;
}

/** Those of the command among those that all have, by their numbers. */
function exitsOf(own: NonNullable<Command['exits']>): (readonly [string, string])[] {
  const common = EXIT_TABLE.filter(([code]) => COMMON_EXITS.includes(code) && !own.some(([one]) => one === code));
  return [...common, ...own].sort(([a], [b]) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}

function exampleLine(line: string, { palette }: Paper): string {
  return line.startsWith('#') ? palette.dim(line) : line;
}

/** Those that have something to say, with their titles. */
function sections({ palette }: Paper, parts: readonly (readonly [title: string, lines: readonly string[]])[]): string {
  return parts
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => [palette.bold(title), ...lines.map((line) => `${INDENT}${line}`.trimEnd())].join('\n'))
    .join('\n\n');
}

function paragraphs(lines: readonly string[], width: number): string[] {
  const folding: string[] = [];
  const out: string[] = [];
  const flush = (): void => {
    if (folding.length > 0) out.push(...folded(folding.splice(0).join(' '), width));
  };
  for (const line of lines) {
    if (line !== '' && !line.startsWith(' ')) folding.push(line);
    else {
      flush();
      out.push(line);
    }
  }
  flush();
  return out;
}

function optionLines(options: OptionSpecs, paper: Paper): string[] {
  return columns(
    Object.entries(options).map(([name, option]) => [optionHead(name, option), optionText(option)]),
    paper,
  );
}

function optionHead(name: string, { value, short }: OptionSpec): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
}

function optionText({ summary, words, default: byDefault }: OptionSpec): string {
  const list = words === undefined ? '' : `: ${words.join(', ')}`;
  return `${summary}${list}${byDefault === undefined ? '' : ` (${byDefault})`}`;
}

/** Two columns; the right one is folded, and begins a line below what is too wide on the left. */
function columns(rows: readonly (readonly [string, string])[], { columns: width }: Paper): string[] {
  const left = Math.min(WIDEST_LEFT, Math.max(...rows.map(([text]) => text.length)));
  const margin = ' '.repeat(left) + GAP;
  return rows.flatMap(([head, text]) => {
    const lines = folded(text, width - INDENT.length - margin.length);
    if (head.length > left) return [head, ...lines.map((line) => margin + line)];
    return lines.map((line, index) => (index === 0 ? head.padEnd(left) + GAP : margin) + line);
  });
}
