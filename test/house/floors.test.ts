import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
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
  cpSync(join(ROOT, 'biome.json'), join(folder.path, 'biome.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'));
  for (const [path, code] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), code);
  }
  const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
  const args = [biome, 'lint', '--max-diagnostics=200', '--colors=off', 'src'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder.path, encoding: 'utf8' });
  return status === 0 ? '' : stdout + stderr;
}

test('the house as it stands keeps its floors', () => {
  expect(lintWith({})).toBe('');
});

test.each([
  ['core', 'src/core/bad.ts', '../client/lock.js', 'Lock'],
  ['a store that imports the client', 'src/stores/embedded/bad.ts', '../../client/lock.js', 'Lock'],
  ['one store that imports another', 'src/stores/redis/bad.ts', '../embedded/memory.js', 'memoryStore'],
  ['the client that imports a store', 'src/client/bad.ts', '../stores/embedded/memory.js', 'memoryStore'],
  ['the client that imports the worker', 'src/client/bad.ts', '../worker/worker.js', 'Worker'],
  ['the worker that imports the door', 'src/worker/bad.ts', '../index.js', 'createTusker'],
  ['the command line that imports core', 'src/cli/bad.ts', '../core/names.js', 'taskName'],
  ['the command line that imports the client', 'src/cli/commands/bad.ts', '../../client/lock.js', 'Lock'],
  ['the classic that imports core', 'src/classic/bad.ts', '../core/names.js', 'taskName'],
])('an import that goes up or around fails the check: %s', (_, path, from, name) => {
  const said = lintWith({ [path]: `import { ${name} } from '${from}';\n\nexport const used = ${name};\n` });
  expect(said).toContain('noRestrictedImports');
  expect(said).toContain(path);
});

test('a circle of two files fails the check', () => {
  const said = lintWith({
    'src/core/one.ts': "import { two } from './two.js';\n\nexport const one = (): unknown => two;\n",
    'src/core/two.ts': "import { one } from './one.js';\n\nexport const two = (): unknown => one;\n",
  });
  expect(said).toContain('noImportCycles');
});
