import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../faults/build.js';
import { temporaryFolder } from '../subjects.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Installed {
  readonly path: string;
  remove(): void;
}

/** A folder as a user has it: some files or folders of this project, with the package and what else they import installed. */
export function installed(...examples: string[]): Installed {
  const built = build();
  const folder = temporaryFolder();
  const tusker = join(folder.path, 'node_modules/tusker');
  mkdirSync(tusker, { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(tusker, 'package.json'));
  symlinkSync(built.path, join(tusker, 'dist'));
  for (const name of ['@opentelemetry', 'vitest']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder.path, 'node_modules', name));
  }
  for (const example of examples)
    cpSync(join(ROOT, example), join(folder.path, basename(example)), { recursive: true });
  const remove = (): void => {
    folder.remove();
    built.remove();
  };
  return { path: folder.path, remove };
}
