// Says whether `npm ci` with this lockfile works on machines of another kind than the one that wrote it.
// Usage: node scripts/lockfile.mjs [folder with package.json and package-lock.json]
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What the manifest and the lockfile's copy of it must agree on. */
const SHARED = [
  'name',
  'version',
  'engines',
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
];
/** Plain, or of a package under another name. */
const ONE_VERSION = /^(?:npm:[@\w/.-]+@)?\d+\.\d+\.\d+(-[\w.-]+)?$/;

/** What is wrong with a lockfile, a line each. */
export function lockfileProblems(lock, manifest) {
  const packages = lock.packages ?? {};
  return [
    ...disagreements(packages[''] ?? {}, manifest),
    ...looseVersions(manifest),
    ...Object.entries(packages)
      .filter(([path]) => path !== '')
      .flatMap(([path, entry]) => [...sourceProblems(path, entry), ...missingNeeds(packages, path, entry)]),
    ...missingNeeds(packages, '', { dependencies: { ...manifest.dependencies, ...manifest.devDependencies } }),
  ];
}

function disagreements(root, manifest) {
  return SHARED.filter((kind) => inOrder(root[kind]) !== inOrder(manifest[kind])).map(
    (kind) => `${kind} of package.json and of the lockfile differ: run npm install`,
  );
}

function inOrder(value) {
  if (typeof value !== 'object') return value;
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function looseVersions({ dependencies, devDependencies }) {
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([, version]) => !ONE_VERSION.test(version))
    .map(([name, version]) => `${name} is not pinned to one version: ${version}`);
}

/** A package is taken by its content from whatever registry the machine uses, never from a place named here. */
function sourceProblems(path, { link, resolved, integrity, inBundle }) {
  const problems = [];
  if (link) problems.push(`${path} is a link to a folder`);
  else if (resolved) problems.push(`${path} is bound to one place: ${resolved}`);
  if (!link && !inBundle && !integrity) problems.push(`${path} has no integrity`);
  return problems;
}

function missingNeeds(packages, path, { dependencies, optionalDependencies }) {
  return Object.entries({ ...dependencies, ...optionalDependencies }).flatMap(([name, wanted]) => {
    const locked = lockedFor(packages, path, name);
    const need = `${path || 'package.json'}: its ${optionalDependencies?.[name] ? 'optional ' : ''}${name}`;
    if (!locked) return [`${need} is not in the lockfile`];
    if (!ONE_VERSION.test(wanted) || locked.version === wanted.slice(wanted.lastIndexOf('@') + 1)) return [];
    return [`${need} is locked at ${locked.version}, not ${wanted}`];
  });
}

/** Looks for a package where Node would: inside the one that needs it, then beside it, then further up. */
function lockedFor(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    const entry = packages[folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`];
    if (entry || folder === '') return entry;
  }
}

/** npm's own word: `npm ci` tried without writing anything and without a network. */
function npmRefusal(folder) {
  const npm = process.env.npm_execpath;
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const args = [...first, 'ci', '--dry-run', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status, stderr, error } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) return [`npm ci would not take it:\n${error?.message ?? stderr}`];
  return stderr.includes('EBADENGINE') ? [`npm ci would warn of the Node that a package wants:\n${stderr}`] : [];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
  const read = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const problems = [...lockfileProblems(read('package-lock.json'), read('package.json')), ...npmRefusal(folder)];
  for (const problem of problems) console.error(`package-lock.json: ${problem}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
