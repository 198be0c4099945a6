import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { given } from '../input.js';
import { TASK_OPTIONS, taskOptions } from '../task-options.js';

/** `tusker open`: declares a task. */
export const open: Command = {
  name: 'open',
  summary: 'declare a task before its units (optional)',
  usage: 'TASK',
  options: {
    'close-when-idle': { value: 'DURATION', summary: 'close it when nothing is held and nothing happened for so long' },
    'close-after': { value: 'DURATION', summary: 'close it so long after this' },
    ...TASK_OPTIONS,
  },
  details: ['Safe to repeat: the first declaration is kept. The first lock opens a task as well.'],
  exits: [['5', 'the task was closed before']],
  seeAlso: ['close', 'exec'],
  examples: [`tusker open song-1 --close-when-idle 5m --info '{"room":"b"}'`],
  run,
};

async function run({ input, output, tusker }: Context): Promise<number> {
  const task = input.argument('TASK');
  const closing = given({
    closeWhenIdle: input.duration('close-when-idle'),
    closeAfter: input.duration('close-after'),
  });
  const outcome = await tusker.open(task, { ...taskOptions(input), ...closing });
  const how = { opened: 'opened', 'already-open': 'open already', late: 'too late' }[outcome.kind];
  await output.show({ task, ...outcome }, `${how}; the task is ${outcome.state}`);
  return outcome.kind === 'late' ? EXIT.late : EXIT.ok;
}
