import type { RedoOutcome } from '../../index.js';
import type { Command, Context } from '../command.js';
import { progressText } from '../command-parts.js';
import { EXIT } from '../exit-codes.js';
import { given } from '../input.js';

/** `tusker redo`: a unit that is done is to be done again. */
export const redo: Command = {
  name: 'redo',
  summary: 'a unit that is done is to be done again: drop its result',
  usage: 'TASK UNIT',
  options: { reason: { value: 'TEXT', summary: 'why, for people' } },
  details: [
    'For a unit with bad content, such as a chunk that was damaged on its way. Until the release of its task: the unit has failed, and',
    'can be locked again. Of a task that failed before its release, retry the task then.',
  ],
  exits: [
    ['3', 'the task is not known (TASK_NOT_FOUND)'],
    ['5', 'the unit is not done, or the task was released'],
  ],
  examples: ['tusker redo song-1 7 --reason "checksum of the upload is wrong"'],
  seeAlso: ['units', 'retry', 'explain'],
  run,
};

async function run({ input, output, tusker }: Context): Promise<number> {
  const task = input.argument('TASK');
  const unit = input.argument('UNIT');
  const outcome = await tusker.redo(task, unit, given({ reason: input.text('reason') }));
  await output.show({ task, unit, ...outcome }, text(outcome));
  return outcome.kind === 'redone' ? EXIT.ok : EXIT.late;
}

function text(outcome: Exclude<RedoOutcome, { kind: 'not-found' }>): string {
  switch (outcome.kind) {
    case 'redone':
      return `to be done again; ${progressText({ ...outcome, released: false })}`;
    case 'not-done':
      return `not done: the unit is ${outcome.unitState ?? 'not known'}; the task is ${outcome.state}`;
    case 'late':
      return `too late; the task is ${outcome.state}`;
  }
}
