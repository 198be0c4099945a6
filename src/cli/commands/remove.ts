import type { Command } from '../command.js';
import type { TaskAction } from '../touching.js';
import { TOUCHING_DETAILS, TOUCHING_EXITS, touch, touchingOptions } from '../touching.js';

const ACTION: TaskAction = {
  verb: 'remove',
  states: ['completed', 'failed'],
  did: 'removed',
  refused: 'not ended',
  apply: (tusker, task) => tusker.remove(task),
};

/** `tusker remove`: forgets ended tasks. */
export const remove: Command = {
  name: 'remove',
  summary: 'forget ended tasks; late calls are answered for 5 minutes more',
  usage: '[TASK…]',
  options: touchingOptions(ACTION.states),
  details: TOUCHING_DETAILS,
  exits: TOUCHING_EXITS,
  examples: ['tusker remove song-1', 'tusker remove --state failed --older-than 3d --limit 10000 --yes'],
  seeAlso: ['cancel', 'tasks'],
  run: (context) => touch(context, ACTION),
};
