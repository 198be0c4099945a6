import type { CompletedCommand } from './shell-words.js';
import { flagsOf, LEADING_OPTIONS, valueFlags } from './shell-words.js';

/** A script for bash 4 or newer. It needs no other package; where bash-completion is loaded it completes commands better. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  return `# bash completion of tusker: eval "$(tusker completion bash)"
_tusker() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev= command= behind= words= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      --) [[ $command == @(${withCommand(commands)}) ]] && behind=$((i + 1)) && break ;;
      ${valueFlags(commands).join('|')})
        # --option=value stands as three words
        [[ \${COMP_WORDS[i + 1]} == '=' ]] && ((i++))
        ((i++)) ;;
      -*) ;;
      *) [[ -z $command ]] && command=\${COMP_WORDS[i]} ;;
    esac
  done
  if [[ -n $behind ]]; then
    if declare -F _command_offset > /dev/null; then _command_offset "$behind"
    elif ((COMP_CWORD == behind)); then COMPREPLY=($(compgen -c -- "$cur"))
    else compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur"))
    fi
    return
  fi
  prev=\${COMP_WORDS[COMP_CWORD - 1]}
  if [[ $cur == '=' ]]; then cur=
  elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case $command:$prev in
${commands.flatMap(valueCases).join('\n')}
    *:${valueFlags(commands).join('|*:')}) return ;;
  esac
  case $command in
    '') words='${[...LEADING_OPTIONS.flatMap(flagsOf), ...commands.map(({ name }) => name)].join(' ')}' ;;
${commands.map(wordsCase).join('\n')}
  esac
  [[ $cur == -* || -z $command ]] || words=$(_tusker_argument "$command")
  if [[ $words == '<files>' ]]; then compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur"))
  else COMPREPLY=($(compgen -W "$words" -- "$cur"))
  fi
}
_tusker_argument() {
  case $1 in
${commands.flatMap(argumentCase).join('\n')}
  esac
}
complete -F _tusker tusker`;
}

function withCommand(commands: readonly CompletedCommand[]): string {
  return commands
    .filter(({ takesCommand }) => takesCommand)
    .map(({ name }) => name)
    .join('|');
}

/** What stands behind an option, where that can be told. */
function valueCases({ name, options }: CompletedCommand): string[] {
  return options.flatMap((option) => {
    const flags = flagsOf(option)
      .map((flag) => `${name}:${flag}`)
      .join('|');
    if (option.words) return `    ${flags}) COMPREPLY=($(compgen -W '${option.words.join(' ')}' -- "$cur")); return ;;`;
    if (!option.isPath) return [];
    return `    ${flags}) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")); return ;;`;
  });
}

function wordsCase({ name, options, takesCommand }: CompletedCommand): string {
  return `    ${name}) words='${[...options.flatMap(flagsOf), ...(takesCommand ? ['--'] : [])].join(' ')}' ;;`;
}

function argumentCase({ name, argument }: CompletedCommand): string[] {
  if (argument === undefined) return [];
  return [`    ${name}) echo '${argument === 'files' ? '<files>' : argument.join(' ')}' ;;`];
}
