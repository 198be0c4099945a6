import type { TaskState, TaskView } from '../../index.js';
import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { given } from '../input.js';
import type { Output } from '../output.js';
import { moment, printable } from '../text.js';

const STATES = [
  'open',
  'locked',
  'released',
  'delayed',
  'processing',
  'completed',
  'failed',
] as const satisfies readonly (TaskState | 'delayed')[];

/** `tusker tasks`: the tasks of a namespace. */
export const tasks: Command = {
  name: 'tasks',
  summary: 'list tasks',
  usage: '',
  options: {
    state: { value: 'STATE', summary: STATES.join(', ') },
    limit: { value: 'N', summary: 'at most so many' },
  },
  examples: ['tusker tasks --state failed', 'tusker tasks --state failed --json | jq -r .task'],
  run,
};

async function run({ input, output, tusker }: Context): Promise<number> {
  let left = input.whole('limit') ?? Number.POSITIVE_INFINITY;
  const state = given({ state: input.oneOf('state', STATES) });
  if (left === 0) return EXIT.ok;
  for await (const task of tusker.tasks(state)) {
    await output.show(task, line(output, task));
    if (--left === 0) break;
  }
  return EXIT.ok;
}

function line(output: Output, { task, state, units, outstanding, failure, createdAt }: TaskView): string {
  const all = units.locked + units.done + units.failed + units.expired;
  const waits = outstanding > 0 ? `, ${outstanding} outstanding` : '';
  const why = failure === null ? '' : `, ${failure}`;
  return `${output.state(state, 11)}${moment(createdAt)}  ${printable(task)}  ${units.done}/${all} done${waits}${why}`;
}
