import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Built {
  /** The compiled package, with the pages. */
  readonly path: string;
  readonly dashboard: typeof import('../../src/dashboard/index.js');
  remove(): void;
}

/** Compiles the sources and bundles the pages as the package ships them, into a folder of this file of tests. */
export async function build(): Promise<Built> {
  const cache = join(ROOT, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const home = mkdtempSync(join(cache, 'tusker-dashboard-'));
  const path = join(home, 'dist');
  // Below node_modules the package.json of the project does not count.
  writeFileSync(join(home, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(ROOT, 'assets'), join(home, 'assets'));
  const plain = ['--declaration', 'false', '--sourceMap', 'false'];
  node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--outDir', path, ...plain);
  node('scripts/build-dashboard.mjs', path);
  const dashboard = await import(pathToFileURL(join(path, 'dashboard/index.js')).href);
  return { path, dashboard, remove: () => rmSync(home, { recursive: true, force: true }) };
}

function node(...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args[0]} failed: ${stdout}${stderr}`);
}
