import type { Command } from '../command.js';
import type { TaskAction } from '../touching.js';
import { TOUCHING_DETAILS, TOUCHING_EXITS, touch, touchingOptions } from '../touching.js';

const ACTION: TaskAction = {
  verb: 'retry',
  states: ['failed'],
  did: 'retried',
  refused: 'not failed',
  apply: (tusker, task) => tusker.retry(task),
};

/** `tusker retry`: returns failed tasks. */
export const retry: Command = {
  name: 'retry',
  summary: 'return failed tasks to where they failed',
  usage: '[TASK…]',
  options: touchingOptions(ACTION.states),
  details: TOUCHING_DETAILS,
  exits: TOUCHING_EXITS,
  examples: [
    'tusker retry song-1 song-2',
    '# what failed within the last hour, after a look',
    'tusker retry --newer-than 1h --dry-run',
    'tusker retry --newer-than 1h --yes',
  ],
  seeAlso: ['tasks', 'explain', 'remove'],
  run: (context) => touch(context, ACTION),
};
