/** Packages with a guard of the Redis library removed: what the checker of a chaos run must find. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endAfterTest } from '../harness/endings.js';
import { temporaryFolder } from '../subjects.js';

export interface RemovedGuard {
  /** A piece of the linked library that stands there once. */
  readonly find: string;
  readonly put: string;
}

/** A copy of the built package without the guard; gone after the test. Its library has a name of its own. */
export function withoutGuard(dist: string, { find, put }: RemovedGuard): string {
  const folder = temporaryFolder();
  endAfterTest(() => folder.remove());
  const copy = join(folder.path, 'dist');
  cpSync(dist, copy, { recursive: true });
  writeFileSync(join(folder.path, 'package.json'), '{ "type": "module" }');
  const file = join(copy, 'stores/redis/library.generated.js');
  const parts = readFileSync(file, 'utf8').split(find);
  if (parts.length !== 2) throw new Error(`${JSON.stringify(find)} stands in the library ${parts.length - 1} times`);
  writeFileSync(file, parts.join(put).replaceAll(/tusker_[0-9a-f]{12}/g, 'tusker_without_a_guard'));
  return copy;
}
