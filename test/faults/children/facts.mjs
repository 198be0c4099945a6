import { openSync, writeSync } from 'node:fs';

/**
 * Writes facts down where the death of this process does not reach them: a line each, in one write, so that several
 * processes share the file.
 */
export function factsIn(path) {
  const file = openSync(path, 'a');
  return (...words) => writeSync(file, `${words.join(' ')}\n`);
}
