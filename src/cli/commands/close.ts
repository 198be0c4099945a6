import type { CloseOutcome } from '../../index.js';
import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { given } from '../input.js';
import { TASK_OPTIONS, taskOptions } from '../task-options.js';

/** `tusker close`: no more units will start. */
export const close: Command = {
  name: 'close',
  summary: 'no more units will start: release the task once nothing is outstanding',
  usage: 'TASK',
  options: {
    ...TASK_OPTIONS,
    replace: { summary: 'change info and options of a task that was closed before and waits' },
  },
  details: [
    'Safe to repeat: the first close wins. Without --expect every lock must have been taken before; with it, close may come',
    'before, between or after the units.',
  ],
  exits: [['5', 'the task ended without ever being closed; tusker retry returns it']],
  examples: [`tusker close song-1 --expect 12 --info '{"room":"b"}'`, 'tusker close song-1 --expect intro,verse,outro'],
  seeAlso: ['exec', 'work', 'result', 'explain'],
  run,
};

async function run({ input, output, tusker }: Context): Promise<number> {
  const task = input.argument('TASK');
  const replace = given({ replace: input.flag('replace') || undefined });
  const outcome = await tusker.close(task, { ...taskOptions(input), ...replace });
  await output.show({ task, ...outcome }, text(outcome));
  return outcome.kind === 'late' ? EXIT.late : EXIT.ok;
}

function text({ kind, state, done, outstanding }: CloseOutcome): string {
  const how = { closed: 'closed', 'already-closed': 'closed already', late: 'too late' }[kind];
  return `${how}; the task is ${state}: ${done} unit(s) done, ${outstanding} outstanding`;
}
