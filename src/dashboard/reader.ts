import type { Tusker } from '../index.js';

/** What the dashboard needs of a namespace, whatever its payloads are: to read, and the verbs for an operator's hand. */
export type DashboardNamespace = Pick<
  Tusker,
  'name' | 'reader' | 'explain' | 'retry' | 'release' | 'cancel' | 'remove'
>;

/** At most so many elements come in a page of a reader. */
export const PAGE = 1000;
