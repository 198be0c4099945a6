import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtPackage } from '../harness/shared.js';

export interface Built {
  /** The compiled package, with the pages. */
  readonly path: string;
  readonly dashboard: typeof import('../../src/dashboard/index.js');
}

/** The dashboard as the package ships it, with its pages. */
export async function builtDashboard(): Promise<Built> {
  const path = await builtPackage();
  return { path, dashboard: await import(pathToFileURL(join(path, 'dashboard/index.js')).href) };
}
