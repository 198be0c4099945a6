/** The dashboard: pages that show what the tasks of a store do and wait for, and let an operator steer them. */
import type { DashboardOptions } from './options.js';
import { resolveOptions } from './options.js';
import { Site } from './site.js';

/** Answers requests; `stop` ends its event streams. */
export interface Dashboard {
  (request: Request): Promise<Response>;
  /** Ends the event streams and the reading of events. The store is not its to close. */
  stop(): void;
}

/**
 * The dashboard as a handler of web requests, to be mounted in an application.
 *
 * @throws InvalidArgumentError
 * @example
 * const handler = dashboard({ tusker, basePath: '/ops', authorize: isAdmin, hosts: ['ops.example.com'] })
 */
export function dashboard(options: DashboardOptions): Dashboard {
  const site = new Site(resolveOptions(options));
  return Object.assign((request: Request) => site.answer(request), { stop: () => site.stop() });
}

export { type FetchHandler, toNodeListener } from './node-listener.js';
export type { DashboardOptions } from './options.js';
export type { DashboardNamespace } from './reader.js';
export { DEFAULT_PORT, type ServedDashboard, type ServeOptions, serveDashboard } from './server.js';
