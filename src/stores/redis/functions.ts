import { LIBRARY, LIBRARY_NAME } from './library.generated.js';

/** A function of the library that tusker keeps on the server: FCALL calls it by this name. */
export type FunctionName = `${typeof LIBRARY_NAME}_${string}`;

/** What each does, takes and returns is said at the head of its file in lua/functions. */
export const FUNCTIONS = {
  apply: `${LIBRARY_NAME}_apply`,
  /** The same, allowed when memory is full: for calls that make room or end something. */
  applyDraining: `${LIBRARY_NAME}_apply_draining`,
  claim: `${LIBRARY_NAME}_claim`,
  due: `${LIBRARY_NAME}_due`,
  events: `${LIBRARY_NAME}_events`,
  failedTasks: `${LIBRARY_NAME}_failed_tasks`,
  hello: `${LIBRARY_NAME}_hello`,
  inspect: `${LIBRARY_NAME}_inspect`,
  stats: `${LIBRARY_NAME}_stats`,
  tasks: `${LIBRARY_NAME}_tasks`,
  unitNames: `${LIBRARY_NAME}_unit_names`,
  unitResults: `${LIBRARY_NAME}_unit_results`,
  units: `${LIBRARY_NAME}_units`,
  walk: `${LIBRARY_NAME}_walk`,
} as const satisfies Record<string, FunctionName>;

/** Those that write for whoever calls them, and write again when repeated. (`due` writes only where the clock was set back, `failedTasks` only the first time.) */
export const WRITING: ReadonlySet<FunctionName> = new Set([FUNCTIONS.apply, FUNCTIONS.applyDraining, FUNCTIONS.claim]);

/** Puts the library on a server. Its name is a hash of its text: one of that name which is there already is the same. */
export const LOAD_LIBRARY: readonly string[] = ['FUNCTION', 'LOAD', LIBRARY];

/** The answer to that when somebody else has put it there. */
export const LIBRARY_IS_THERE = /^ERR Library '\w+' already exists/;
