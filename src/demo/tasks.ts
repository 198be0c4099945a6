import { createTusker, type PlainPayloads, type Tusker } from '../index.js';

/** What the demo keeps in the store: never the sound itself, only where it lies. */
export interface DemoTypes {
  info: JoinInfo;
  unit: Part;
  result: Joined;
}

/** What the closer tells the merger. */
export interface JoinInfo {
  readonly directory: string;
}

/** The result of a unit: a chunk as mp3. */
export interface Part {
  /** The name of the mp3 in the work directory. */
  readonly file: string;
  readonly server: string;
  /** How long the encoding took. */
  readonly ms: number;
}

/** The result of the task: the whole as mp3. */
export interface Joined {
  /** The name of the mp3 in the work directory. */
  readonly file: string;
  readonly parts: number;
  readonly ms: number;
}

export type DemoTasks = Tusker<PlainPayloads<DemoTypes>>;

/** One namespace for all runs: the workers of a later run sweep what an earlier one left in a lasting store. */
const NAMESPACE = 'tusker-demo';

/** How long a lock of the demo lives without renewal, in ms. Short, so that a takeover can be watched. */
export const LOCK_TTL = 2_000;

/** How long a server waits for a unit that another one holds, in ms. */
export const LOCK_WAIT = 15_000;

/** How long a unit may wait for its takeover after the close, in ms. */
export const UNIT_GRACE = 30_000;

/** The tasks of the demo in the store at `url`, for one process that calls itself `holder`. `stop()` it at the end. */
export function demoTasks(url: string, holder: string): DemoTasks {
  return createTusker(url, { holder }).namespace<DemoTypes>(NAMESPACE);
}
