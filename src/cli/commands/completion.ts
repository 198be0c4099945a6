import type { Command, Context } from '../command.js';
import { bashCompletion } from '../completion/bash.js';
import { fishCompletion } from '../completion/fish.js';
import type { CompletedCommand, Shell } from '../completion/shell-words.js';
import { completedCommands, SHELLS } from '../completion/shell-words.js';
import { zshCompletion } from '../completion/zsh.js';
import { UsageError } from '../errors.js';
import { EXIT } from '../exit-codes.js';

const SCRIPTS: Readonly<Record<Shell, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `tusker completion`: a script that completes commands and options in a shell. */
export const completion: Command = {
  name: 'completion',
  summary: 'print a script that completes tusker in a shell: bash, zsh or fish',
  usage: 'SHELL',
  options: {},
  details: ['Completes commands, options, the values that are words, files, and the command behind --. Asks no store.'],
  examples: [
    '# bash: in ~/.bashrc',
    'eval "$(tusker completion bash)"',
    '# zsh: in ~/.zshrc, behind compinit',
    'source <(tusker completion zsh)',
    '# fish',
    'tusker completion fish > ~/.config/fish/completions/tusker.fish',
  ],
  run,
};

async function run({ input, output, commands }: Context): Promise<number> {
  const given = input.argument('SHELL');
  const shell = SHELLS.find((name) => name === given);
  if (!shell)
    throw new UsageError(`there is no completion for ${JSON.stringify(given)}; there is for ${SHELLS.join(', ')}`);
  const script = SCRIPTS[shell](completedCommands(commands));
  await output.show({ shell, script }, script);
  return EXIT.ok;
}
