import type { CompletedCommand, CompletedOption } from './shell-words.js';
import { LEADING_OPTIONS, quoted } from './shell-words.js';

/** A script for fish: for a file `tusker.fish` in its completions, or to be sourced. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const running = commands.filter(({ takesCommand }) => takesCommand).map(({ name }) => name);
  return `# fish completion of tusker: tusker completion fish | source
function __tusker_behind_dashes
  set -l words (commandline -opc)
  contains -- -- $words; and __fish_seen_subcommand_from ${running.join(' ')}
end
function __tusker_in
  __fish_seen_subcommand_from $argv; and not __tusker_behind_dashes
end
function __tusker_command
  set -l words (commandline -opc) (commandline -ct)
  set -l at (contains -i -- -- $words)
  complete -C (string join -- ' ' (string escape -- $words[(math $at + 1)..-2]) $words[-1])
end
complete -c tusker -f
${LEADING_OPTIONS.map((option) => optionLine('__fish_use_subcommand', option)).join('\n')}
${commands.flatMap(commandLines).join('\n')}
complete -c tusker -n __tusker_behind_dashes -a '(__tusker_command)'`;
}

function commandLines({ name, summary, options, argument }: CompletedCommand): string[] {
  const lines = [`complete -c tusker -n __fish_use_subcommand -a ${name} -d ${fishWord(summary)}`];
  const condition = `'__tusker_in ${name}'`;
  for (const option of options) lines.push(optionLine(condition, option));
  if (argument === 'files') lines.push(`complete -c tusker -n ${condition} -F`);
  else if (argument) lines.push(`complete -c tusker -n ${condition} -a ${quoted(argument.join(' '))}`);
  return lines;
}

function optionLine(condition: string, { name, short, summary, value, words, isPath }: CompletedOption): string {
  const flags = `${short === undefined ? '' : `-s ${short} `}-l ${name}`;
  const values = words ? ` -x -a ${quoted(words.join(' '))}` : isPath ? ' -r -F' : value === undefined ? '' : ' -x';
  return `complete -c tusker -n ${condition} ${flags}${values} -d ${fishWord(summary)}`;
}

/** In single quotes a backslash of fish escapes quotes and itself. */
function fishWord(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
