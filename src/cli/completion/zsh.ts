import type { CompletedCommand, CompletedOption } from './shell-words.js';
import { LEADING_OPTIONS, quoted } from './shell-words.js';

/** A script for zsh: for a file `_tusker` in `fpath`, or to be sourced. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef tusker
# zsh completion of tusker: source <(tusker completion zsh)
_tusker() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C ${LEADING_OPTIONS.map(optionSpec).join(' ')} '1: :->command' '*:: :->rest' && return
  case $state in
    command)
      local -a commands=(${commands.map(({ name, summary }) => quoted(`${name}:${escaped(summary)}`)).join(' ')})
      _describe -t commands command commands ;;
    rest)
      curcontext="\${curcontext%:*}-$words[1]:"
      case $words[1] in
${commands.map(commandCase).join('\n')}
      esac ;;
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _tusker "$@"; else compdef _tusker tusker; fi`;
}

function commandCase({ name, options, argument, takesCommand }: CompletedCommand): string {
  const specs = options.map(optionSpec).join(' ');
  if (!takesCommand) return `        ${name}) _arguments -S ${specs} ${argumentSpec(argument)} ;;`;
  return `        ${name})
          local behind=\${words[(i)--]}
          if (( CURRENT > behind )); then shift $behind words; (( CURRENT -= behind )); _normal
          else _arguments ${specs} '*: : '
          fi ;;`;
}

function argumentSpec(argument: CompletedCommand['argument']): string {
  if (argument === undefined) return "'*: : '";
  return argument === 'files' ? "'*:file:_files'" : quoted(`1:word:(${argument.join(' ')})`);
}

/** `'(-n --namespace)'{-n,--namespace}'[the namespace]:NAME: '`. */
function optionSpec({ name, short, summary, value, words, isPath }: CompletedOption): string {
  const values = words ? `(${words.join(' ')})` : isPath ? '_files' : ' ';
  const rest = `[${escaped(summary)}]${value === undefined ? '' : `:${escaped(value)}:${values}`}`;
  const equals = value === undefined ? '' : '=';
  if (short === undefined) return quoted(`--${name}${equals}${rest}`);
  const plus = value === undefined ? '' : '+';
  return `'(-${short} --${name})'{-${short}${plus},--${name}${equals}}${quoted(rest)}`;
}

function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, '\\$&');
}
