import type { Command } from '../command.js';
import type { TaskAction } from '../touching.js';
import { TOUCHING_DETAILS, TOUCHING_EXITS, touch, touchingOptions } from '../touching.js';

const ACTION: TaskAction = {
  verb: 'release',
  states: ['open', 'locked', 'delayed'],
  did: 'released',
  refused: 'too late',
  apply: (tusker, task) => tusker.release(task),
};

/** `tusker release`: to the workers now. */
export const release: Command = {
  name: 'release',
  summary: 'release tasks now, with the units that are there',
  usage: '[TASK…]',
  options: touchingOptions(ACTION.states),
  details: [
    'Live locks end. A task that waits for its next attempt gets it at once. A worker gets a task that lacks units only when',
    'it takes such (tusker work --partial).',
    '',
    ...TOUCHING_DETAILS,
  ],
  exits: TOUCHING_EXITS,
  examples: ['tusker release song-1', 'tusker release --state delayed --yes'],
  seeAlso: ['explain', 'work', 'cancel'],
  run: (context) => touch(context, ACTION),
};
