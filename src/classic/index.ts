import type { ClassicOptions } from './classic.js';
import { ClassicTusker } from './classic.js';

export type { Callback } from './callback.js';
export type { ClassicCloseOptions, ClassicOptions, ClassicStats, ClassicTusker, Completed } from './classic.js';

/**
 * The task manager of the first tusker, with its methods, callbacks and argument orders. Never throws: what is wrong
 * with the options is told to the callback of each call.
 *
 * @example
 * const taskManager = require('tusker').initialize({ url: 'sqlite:tusker.db' })
 * taskManager.lock('the-task', 'chunk-1')
 */
export function initialize<Info = unknown>(options: ClassicOptions = {}): ClassicTusker<Info> {
  return new ClassicTusker<Info>(options ?? {});
}
