import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../subjects.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folders: { remove(): void }[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

/** Lints a copy of the sources with some files added; what the linter says, or '' when it is content. */
function lintWith(files: Record<string, string>): string {
  const folder = temporaryFolder();
  folders.push(folder);
  cpSync(join(ROOT, 'src'), join(folder.path, 'src'), { recursive: true });
  for (const name of ['biome.json', 'package.json', 'scripts/lint']) {
    cpSync(join(ROOT, name), join(folder.path, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'));
  for (const [path, code] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), code);
  }
  const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
  const added = Object.keys(files);
  const args = [biome, 'lint', '--max-diagnostics=200', '--colors=off', ...(added.length > 0 ? added : ['src'])];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder.path, encoding: 'utf8' });
  return status === 0 ? '' : stdout + stderr;
}

const importing = (from: string): string => `import '${from}';\n`;

test('the house as it stands keeps its floors', () => {
  expect(lintWith({})).toBe('');
});

test('every file lies on a floor: a new folder, or a deeper one, needs a rule first', () => {
  const { overrides } = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8')) as {
    overrides: { includes: string[] }[];
  };
  const patterns = overrides.flatMap(({ includes }) => includes).filter((glob) => /^src\/.*\/\*\.ts$/.test(glob));
  const floors = patterns.map((glob) => new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}$`));
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `src/${path.replaceAll('\\', '/')}`);
  expect(sources.length).toBeGreaterThan(50);
  expect(sources.filter((path) => !/^src\/[^/]+$/.test(path) && !floors.some((floor) => floor.test(path)))).toEqual([]);
});

const VIOLATIONS: readonly (readonly [promise: string, folder: string, code: string])[] = [
  ['core imports the client', 'core', importing('../client/lock.js')],
  ['core imports only a type', 'core', "import type { Lock } from '../client/lock.js';\n\nexport type Bad = Lock;\n"],
  ['core passes an import on', 'core', "export { Lock } from '../client/lock.js';\n"],
  ['core imports at run time', 'core', "export const bad = () => import('../client/lock.js');\n"],
  ['core reads files', 'core', importing('node:fs')],
  ['a store imports the client', 'stores/embedded', importing('../../client/lock.js')],
  ['a verb of a store imports the client', 'stores/embedded/verbs', importing('../../../client/lock.js')],
  ['a store imports the top floor', 'stores/embedded', importing('../../testing/index.js')],
  ['redis imports embedded', 'stores/redis', importing('../embedded/memory.js')],
  ['embedded imports redis', 'stores/embedded', importing('../redis/store.js')],
  ['the client imports a store', 'client', importing('../stores/embedded/memory.js')],
  ['the client imports the worker', 'client', importing('../worker/worker.js')],
  ['the worker imports the door', 'worker', importing('../index.js')],
  ['the worker imports a store', 'worker', importing('../stores/embedded/memory.js')],
  ['the command line imports core', 'cli', importing('../core/names.js')],
  ['the command line looks inside a store', 'cli', importing('../stores/embedded/memory-ledger.js')],
  ['a command imports the client', 'cli/commands', importing('../../client/lock.js')],
  ['the classic imports core', 'classic', importing('../core/names.js')],
  ['the demo imports core', 'demo', importing('../core/names.js')],
  ['the suites for stores import more of core than the contract', 'testing', importing('../core/names.js')],
  ['the dashboard imports the client', 'dashboard', importing('../client/lock.js')],
  ['telemetry imports the client', 'telemetry', importing('../client/lock.js')],
  ['a file beside the door picks a store', '.', importing('./stores/embedded/memory.js')],
];

describe('an import that goes up or around fails the check:', () => {
  const fileOf = (index: number): string => posix.join('src', VIOLATIONS[index]?.[1] ?? '', `bad-${index}.ts`);
  let said = '';
  beforeAll(() => {
    said = lintWith(Object.fromEntries(VIOLATIONS.map(([, , code], index) => [fileOf(index), code])));
  });

  test.each(VIOLATIONS.map(([promise], index) => [promise, fileOf(index)]))('%s', (_, path) => {
    const headings = said.split('\n').filter((line) => line.startsWith(`${path}:`));
    expect(headings).toEqual([expect.stringMatching(/ lint\/style\/noRestrictedImports /)]);
  });

  test('one alone is enough', () => {
    expect(lintWith({ 'src/cli/bad.ts': importing('../core/names.js') })).toContain('Found 1 error.');
  });
});

test('a package that users would have to install fails the check', () => {
  expect(lintWith({ 'src/core/bad.ts': importing('zod') })).toContain('noUndeclaredDependencies');
});

test.each([
  ['by import', "import { two } from './two.js';\n\nexport const one = (): unknown => two;\n"],
  ['by passing on', "export { two } from './two.js';\n\nexport const one = 1;\n"],
])('a circle of two files fails the check: %s', (_, code) => {
  const said = lintWith({
    'src/core/one.ts': code,
    'src/core/two.ts': "import { one } from './one.js';\n\nexport const two = (): unknown => one;\n",
  });
  expect(said).toContain('noImportCycles');
});

test.each([
  'await sleep(51);',
  'await sleep(1_000, undefined, { ref: false });',
  'await new Promise((resolve) => setTimeout(resolve, 300));',
])('a test may not let time pass: %s', (line) => {
  const said = lintWith({ 'test/some.test.ts': `import { sleep } from './time.js';\n\n${line}\n` });
  expect(said).toContain('no sleep above 50 ms');
});

test.each(['await sleep(50);', 'await sleep(20, undefined, { ref: false });'])('but %s is allowed', (line) => {
  expect(lintWith({ 'test/some.test.ts': `import { sleep } from './time.js';\n\n${line}\n` })).toBe('');
});
