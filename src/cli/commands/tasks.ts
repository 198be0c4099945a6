import type { TaskView } from '../../index.js';
import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';
import type { Output } from '../output.js';
import { Selection, selectionOptions } from '../selection.js';
import type { ListedState } from '../task-list.js';
import { LISTED_STATES } from '../task-list.js';
import { moment, printable } from '../text.js';

/** `tusker tasks`: the tasks of a namespace. */
export const tasks: Command = {
  name: 'tasks',
  summary: 'list tasks, all or some',
  usage: '',
  options: {
    ...selectionOptions(LISTED_STATES),
    limit: { value: 'N', summary: 'at most so many' },
    after: { value: 'CURSOR', summary: 'go on behind this task of an earlier list' },
  },
  details: [
    'State by state, the next due first. With --json each line is a task with its cursor, from which --after goes on; without',
    'it the cursor is told when --limit has cut the list. Tasks that change meanwhile can come twice or not at all.',
  ],
  examples: [
    'tusker tasks --state failed',
    "tusker tasks --state open,locked --name 'song-*' --older-than 10m",
    '# the names alone',
    'tusker tasks --state failed --json | jq -r .task',
  ],
  seeAlso: ['explain', 'units', 'stats', 'retry'],
  run,
};

async function run({ input, output, tusker }: Context): Promise<number> {
  const limit = input.whole('limit') ?? Number.POSITIVE_INFINITY;
  const selection = new Selection(input, LISTED_STATES);
  let left = limit;
  let last: string | undefined;
  for await (const task of selection.find(tusker.reader, { after: input.text('after'), limit: limit + 1 })) {
    if (left-- === 0) {
      if (last !== undefined) output.note(`there are more: --after '${last}' goes on`);
      break;
    }
    last = task.cursor;
    await output.show({ ...task.view, cursor: task.cursor }, line(output, task.view, task.state));
  }
  return EXIT.ok;
}

function line(output: Output, view: TaskView, state: ListedState): string {
  const { task, units, outstanding, failure, createdAt, acknowledgedAt } = view;
  const all = units.locked + units.done + units.failed + units.expired;
  const waits = outstanding > 0 ? `, ${outstanding} outstanding` : '';
  const why = failure === null ? '' : `, ${failure}${acknowledgedAt === null ? '' : ', acknowledged'}`;
  return `${output.state(state, 11)}${moment(createdAt)}  ${printable(task)}  ${units.done}/${all} done${waits}${why}`;
}
