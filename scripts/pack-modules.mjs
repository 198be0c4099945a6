// What is packed of the modules: few JavaScript files without comments, and the types that the doors lead to. docs/adr/0010
// says why.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** Where the files lie that several doors share: one folder deep, as the modules do that look for a file beside them. */
const SHARED = 'shared';
/** Programs that the demo starts by their files. */
const CHILDREN = ['demo/server', 'demo/closer', 'demo/merger'];

/** @param from the folder of the modules @param to a new folder */
export async function packModules(from, to) {
  const doors = Object.values(MANIFEST.exports).flatMap((door) => (door.default ? [pathOf(door.default)] : []));
  await packJavaScript(from, to, [...doors, pathOf(MANIFEST.bin.tusker), ...CHILDREN]);
  const types = Object.values(MANIFEST.exports).flatMap((door) => (door.types ? [pathOf(door.types)] : []));
  for (const file of typesFrom(from, types)) {
    const copy = join(to, relative(from, file));
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(file, copy);
  }
}

/** `dashboard/index` of `./dist/dashboard/index.js`. */
function pathOf(file) {
  return file.replace(/^(\.\/)?dist\//, '').replace(/(\.d\.ts|\.js)$/, '');
}

async function packJavaScript(from, to, entries) {
  const { metafile } = await build({
    entryPoints: entries.map((entry) => join(from, `${entry}.js`)),
    outdir: to,
    outbase: from,
    chunkNames: `${SHARED}/[name]-[hash]`,
    absWorkingDir: from,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    target: 'es2022',
    // Ours say that modules have no effects; the one that looks at the version of Node has.
    ignoreAnnotations: true,
    metafile: true,
    logLevel: 'warning',
  });
  nameShared(metafile, from);
  for (const path of readdirSync(to, { recursive: true })) {
    if (path.endsWith('.js')) await stripComments(join(to, path));
  }
}

/** Calls each shared file after the folder of most of its code: it is read in stack traces. */
function nameShared({ outputs }, from) {
  const names = new Map();
  const files = Object.entries(outputs).map(([path, { inputs }]) => ({ path: join(from, path), inputs }));
  for (const { path, inputs } of files.sort(
    (a, b) => sizeOf(b.inputs) - sizeOf(a.inputs) || (a.path < b.path ? -1 : 1),
  )) {
    if (basename(dirname(path)) !== SHARED) continue;
    const [folder] = foldersOf(inputs);
    const taken = [...names.values()].filter((name) => name.replace(/-\d+$/, '') === folder).length;
    names.set(basename(path, '.js'), taken === 0 ? folder : `${folder}-${taken + 1}`);
  }
  for (const { path } of files) {
    const text = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      text.replace(/[\w-]+-[A-Z0-9]{8}(?=\.js")/g, (name) => names.get(name) ?? name),
    );
    const name = names.get(basename(path, '.js'));
    if (name) renameSync(path, join(dirname(path), `${name}.js`));
  }
}

/**
 * The bundler keeps comments in classes and objects. Lines stay as they are otherwise.
 * @throws Error when what looked like a comment was none
 */
async function stripComments(file) {
  const text = readFileSync(file, 'utf8');
  const stripped = text.replace(/^ *(\/\*\*[\s\S]*?\*\/|\/\/ (?!\S+\.js$).*)\n/gm, '');
  const [before, after] = await Promise.all(
    [text, stripped].map((code) => transform(code, { format: 'esm', target: 'es2022', minifyWhitespace: true })),
  );
  if (before.code !== after.code) throw new Error(`${file} holds a text that looks like a comment`);
  writeFileSync(file, stripped);
}

function sizeOf(inputs) {
  return Object.values(inputs).reduce((sum, { bytesInOutput }) => sum + bytesInOutput, 0);
}

/** `stores-redis`, `client` …, the one with the most bytes first. */
function foldersOf(inputs) {
  const sizes = new Map();
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const folder = dirname(path).replaceAll('/', '-').replace(/^\.$/, 'tusker');
    sizes.set(folder, (sizes.get(folder) ?? 0) + bytesInOutput);
  }
  return [...sizes].sort(([, a], [, b]) => b - a).map(([folder]) => folder);
}

/** The declarations that these lead to, themselves included. */
function typesFrom(from, entries) {
  const found = new Set();
  const ahead = entries.map((entry) => join(from, `${entry}.d.ts`));
  for (const file of ahead) {
    if (found.has(file)) continue;
    found.add(file);
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from |import |import\()['"](\.[^'"]+)\.js['"]/g)) {
      const next = join(dirname(file), `${path}.d.ts`);
      if (!existsSync(next)) throw new Error(`${file} imports ${path}, which has no declaration`);
      ahead.push(next);
    }
  }
  return found;
}
