import type { Command, Context } from '../command.js';
import type { TaskAction } from '../touching.js';
import { TOUCHING_DETAILS, TOUCHING_EXITS, touch, touchingOptions } from '../touching.js';

const STATES: TaskAction['states'] = ['open', 'locked', 'released', 'delayed', 'processing'];

/** `tusker cancel`: ends tasks in `failed`. */
export const cancel: Command = {
  name: 'cancel',
  summary: 'end tasks as failed; whoever works on them is told',
  usage: '[TASK…]',
  options: { reason: { value: 'TEXT', summary: 'why, for people' }, ...touchingOptions(STATES) },
  details: ['tusker retry returns what was cancelled.', '', ...TOUCHING_DETAILS],
  exits: TOUCHING_EXITS,
  examples: [
    'tusker cancel song-1 --reason "wrong upload"',
    '# streams that nobody has closed for a day',
    "tusker cancel --state open --name 'stream-*' --older-than 1d --dry-run",
  ],
  seeAlso: ['retry', 'remove', 'tasks'],
  run,
};

async function run(context: Context): Promise<number> {
  const reason = context.input.text('reason');
  return touch(context, {
    verb: 'cancel',
    states: STATES,
    did: 'cancelled',
    refused: 'ended before',
    apply: (tusker, task) => tusker.cancel(task, reason),
  });
}
