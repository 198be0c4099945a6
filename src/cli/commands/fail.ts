import type { Command, Context } from '../command.js';
import { progressText, requiredToken, TOKEN_OPTION } from '../command-parts.js';
import { EXIT } from '../exit-codes.js';

/** `tusker fail`: a unit failed. */
export const fail: Command = {
  name: 'fail',
  summary: 'a unit failed; it can be locked again until the release',
  usage: 'TASK UNIT',
  options: {
    ...TOKEN_OPTION,
    error: { value: 'TEXT', summary: 'what went wrong', default: 'failed' },
    final: { summary: 'not to be tried again' },
  },
  examples: ['tusker fail song-1 7 --token "$token" --error "no such codec" --final'],
  exits: [['6', 'the lock is no longer held with this token (LOCK_LOST, CANCELLED)']],
  seeAlso: ['lock', 'unlock', 'exec'],
  run,
};

async function run({ input, output, tusker }: Context): Promise<number> {
  const task = input.argument('TASK');
  const unit = input.argument('UNIT');
  const options = { token: requiredToken(input), error: input.text('error') ?? 'failed', final: input.flag('final') };
  const progress = await tusker.fail(task, unit, options);
  await output.show({ kind: 'failed', task, unit, ...progress }, `failed; ${progressText(progress)}`);
  return EXIT.ok;
}
