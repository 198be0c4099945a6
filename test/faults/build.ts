import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Compiles the sources for child processes, into a folder of this process; gives it, and how to be rid of it. */
export function build(): { readonly path: string; remove(): void } {
  const path = join(ROOT, `node_modules/.cache/tusker-test/${process.pid}`);
  mkdirSync(path, { recursive: true });
  // Below node_modules the package.json of the project does not count.
  writeFileSync(join(path, 'package.json'), '{ "type": "module" }');
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const args = [
    tsc,
    '-p',
    join(ROOT, 'tsconfig.json'),
    '--outDir',
    path,
    '--declaration',
    'false',
    '--sourceMap',
    'false',
  ];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the build failed: ${stdout}`);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
