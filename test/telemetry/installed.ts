import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtPackage } from '../harness/shared.js';
import { temporaryFolder } from '../subjects.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Installed {
  readonly path: string;
  remove(): void;
}

/** A folder as a user has it: some files or folders of this project, with the package and what else they import installed. */
export async function installed(...examples: string[]): Promise<Installed> {
  const built = await builtPackage();
  const folder = temporaryFolder();
  const tusker = join(folder.path, 'node_modules/tusker');
  mkdirSync(tusker, { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(tusker, 'package.json'));
  symlinkSync(built, join(tusker, 'dist'));
  for (const name of ['@opentelemetry', 'vitest']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder.path, 'node_modules', name));
  }
  for (const example of examples)
    cpSync(join(ROOT, example), join(folder.path, basename(example)), { recursive: true });
  return { path: folder.path, remove: () => folder.remove() };
}
