import type { Command, Context } from '../command.js';
import { progressText, requiredToken, TOKEN_OPTION } from '../command-parts.js';
import { EXIT } from '../exit-codes.js';
import { given } from '../input.js';

/** `tusker unlock`: a unit is done. */
export const unlock: Command = {
  name: 'unlock',
  summary: 'a unit is done',
  usage: 'TASK UNIT',
  options: { ...TOKEN_OPTION, result: { value: 'JSON', summary: "the unit's result" } },
  examples: [`tusker unlock song-1 7 --token "$token" --result '{"key":"7.mp3"}'`],
  exits: [['6', 'the lock is no longer held with this token (LOCK_LOST, CANCELLED)']],
  seeAlso: ['lock', 'fail', 'exec'],
  run,
};

async function run({ input, output, tusker }: Context): Promise<number> {
  const task = input.argument('TASK');
  const unit = input.argument('UNIT');
  const options = { token: requiredToken(input), ...given({ result: input.json('result') }) };
  const progress = await tusker.unlock(task, unit, options);
  await output.show({ kind: 'done', task, unit, ...progress }, `done; ${progressText(progress)}`);
  return EXIT.ok;
}
