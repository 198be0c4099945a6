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

/** Each file alone breaks a rule, or breaks none. A run of the linter takes seconds: they all go into one. */
const CIRCLES = {
  import: "import { two } from './import-two.js';\n\nexport const one = (): unknown => two;\n",
  'passing on': "export { two } from './passing on-two.js';\n\nexport const one = 1;\n",
};
const TOO_LONG = [
  'await sleep(51);',
  'await sleep(1_000, undefined, { ref: false });',
  'await new Promise((resolve) => setTimeout(resolve, 300));',
];
const SHORT_ENOUGH = ['await sleep(50);', 'await sleep(20, undefined, { ref: false });'];

const fileOf = (index: number): string => posix.join('src', VIOLATIONS[index]?.[1] ?? '', `bad-${index}.ts`);
const sleeping = (kind: string, index: number): string => `test/${kind}-${index}.test.ts`;

function violations(): Record<string, string> {
  const files: Record<string, string> = { 'src/core/package.ts': importing('zod') };
  for (const [index, [, , code]] of VIOLATIONS.entries()) files[fileOf(index)] = code;
  for (const [how, code] of Object.entries(CIRCLES)) {
    files[`src/core/${how}-one.ts`] = code;
    files[`src/core/${how}-two.ts`] =
      `import { one } from './${how}-one.js';\n\nexport const two = (): unknown => one;\n`;
  }
  for (const [kind, lines] of Object.entries({ long: TOO_LONG, short: SHORT_ENOUGH })) {
    for (const [index, line] of lines.entries())
      files[sleeping(kind, index)] = `import { sleep } from './time.js';\n\n${line}\n`;
  }
  return files;
}

describe('the check fails for', () => {
  let said: string[] = [];
  beforeAll(() => {
    said = lintWith(violations()).split('\n');
  });
  /** The headings of what is said of one file. */
  const saidOf = (path: string): string[] => said.filter((line) => line.startsWith(`${path}:`));

  test.each(VIOLATIONS.map(([promise], index) => [promise, fileOf(index)]))(
    'an import that goes up or around: %s',
    (_, path) => {
      expect(saidOf(path)).toEqual([expect.stringMatching(/ lint\/style\/noRestrictedImports /)]);
    },
  );

  test('a package that users would have to install', () => {
    expect(saidOf('src/core/package.ts').join()).toContain('noUndeclaredDependencies');
  });

  test.each(Object.keys(CIRCLES))('a circle of two files: by %s', (how) => {
    expect(saidOf(`src/core/${how}-one.ts`).join()).toContain('noImportCycles');
  });

  test.each(TOO_LONG.map((line, index) => [line, index] as const))('a test that lets time pass: %s', (_, index) => {
    expect(saidOf(sleeping('long', index)).join()).toContain('plugin');
  });

  test.each(SHORT_ENOUGH.map((line, index) => [line, index] as const))('but not for: %s', (_, index) => {
    expect(saidOf(sleeping('short', index))).toEqual([]);
  });
});

test('one alone is enough', () => {
  expect(lintWith({ 'src/cli/bad.ts': importing('../core/names.js') })).toContain('Found 1 error.');
});
