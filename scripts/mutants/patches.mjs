// The lists of patches in mutants/, and what is wrong with them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where most of the faults were that no test saw: what is tried again, awaited, renewed, given back. */
const WAITING = [
  'src/client/',
  'src/worker/',
  'src/stores/embedded/notifier.ts',
  'src/stores/redis/clients/',
  ...['applier', 'claims', 'delivery', 'events', 'functions', 'refusals', 'sweeping', 'waiting-line', 'within'].map(
    (name) => `src/stores/redis/${name}.ts`,
  ),
];

export const LUA = 'src/stores/redis/lua/';

/** All patches of a tree, each with the area that its file is named after. */
export async function readPatches(root) {
  const lists = readdirSync(join(root, 'mutants'))
    .filter((name) => name.endsWith('.mjs'))
    .sort();
  const patches = [];
  for (const list of lists) {
    const { default: entries } = await import(pathToFileURL(join(root, 'mutants', list)).href);
    for (const entry of entries) patches.push({ ...entry, area: basename(list, '.mjs') });
  }
  return patches;
}

/** Whether what it breaks is of the client, the worker, or what waits and delivers. */
export function isOfWaiting({ edits }) {
  return edits.some(({ file }) => WAITING.some((place) => file.startsWith(place)));
}

/** The texts of the files that a patch changes, as it leaves them. Throws where it no longer applies. */
export function patched(root, { edits }) {
  const texts = new Map();
  for (const { file, find, put } of edits) {
    if (!existsSync(join(root, file))) throw new Error(`${file} is not there any more`);
    const text = texts.get(file) ?? readFileSync(join(root, file), 'utf8');
    const [before, after, ...more] = text.split(find);
    if (after === undefined) throw new Error(`${file} does not have its text any more: ${find}`);
    if (more.length > 0) throw new Error(`${file} has its text ${more.length + 1} times: ${find}`);
    if (find === put) throw new Error(`it changes nothing in ${file}`);
    texts.set(file, before + put + after);
  }
  return texts;
}

/** What is wrong with the patches, a line each: those that have gone stale, and those that say too little. */
export function patchProblems(root, patches) {
  const names = patches.map(({ name }) => name);
  return patches.flatMap((patch) => [
    ...shapeProblems(root, patch),
    ...(names.indexOf(patch.name) === names.lastIndexOf(patch.name)
      ? []
      : [`${patch.name}: two patches have this name`]),
    ...staleness(root, patch),
  ]);
}

function shapeProblems(root, { name, promise, edits, tests, survives }) {
  const problems = [];
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) problems.push('its name is not in kebab-case');
  if (!promise) problems.push('it does not say which promise it breaks');
  if (!edits?.length) problems.push('it changes nothing');
  if (!tests?.length) problems.push('it names no test');
  if (survives === '') problems.push('it says that it survives, but not why');
  for (const test of tests ?? []) if (!existsSync(join(root, test))) problems.push(`${test} is not there`);
  return problems.map((problem) => `${name}: ${problem}`);
}

function staleness(root, patch) {
  try {
    patched(root, patch);
    return [];
  } catch (error) {
    return [`${patch.name} has gone stale: ${error.message}`];
  }
}
