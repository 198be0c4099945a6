import type { Child, Children } from './children.js';
import type { ChildMessage } from './messages.js';
import type { CheckedOptions } from './options.js';
import type { Stage } from './stage.js';
import type { DemoTasks } from './tasks.js';

/** What all parts of one run share. */
export interface Run {
  readonly options: CheckedOptions;
  /** The path of a tried ffmpeg. */
  readonly ffmpeg: string;
  /** The work directory: chunks, parts, the store where none was given. Removed at the end. */
  readonly directory: string;
  readonly url: string;
  /** The name of the task, this run's own. */
  readonly task: string;
  readonly tasks: DemoTasks;
  readonly stage: Stage;
  readonly children: Children;
  /** Aborts when the run is to end before its time. */
  readonly signal: AbortSignal;
}

/** Starts one of the processes of a run. */
export function startProcess(
  { children, url, ffmpeg, directory }: Run,
  entry: string,
  name: string,
  args: readonly string[],
  onMessage: (message: ChildMessage) => void,
): Child {
  return children.start(entry, { url, ffmpeg, directory, name }, args, onMessage);
}
