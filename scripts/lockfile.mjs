// Says whether `npm ci` with this lockfile works on machines of another kind than the one that wrote it.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** What is wrong with a lockfile, a line each. */
export function lockfileProblems(lock, manifest) {
  const problems = [];
  const packages = lock.packages ?? {};
  const root = packages[''] ?? {};
  for (const kind of ['dependencies', 'devDependencies', 'peerDependencies']) {
    if (JSON.stringify(sorted(root[kind])) !== JSON.stringify(sorted(manifest[kind]))) {
      problems.push(`${kind} of package.json and of the lockfile differ: run npm install`);
    }
  }
  for (const [path, entry] of Object.entries(packages)) {
    if (path === '' || entry.link) continue;
    if (!entry.integrity) problems.push(`${path} has no integrity`);
    if (entry.resolved) problems.push(`${path} is bound to one place: ${entry.resolved}`);
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      if (!isLocked(packages, path, name)) problems.push(`${path}: its optional ${name} is not in the lockfile`);
    }
    for (const name of Object.keys(entry.dependencies ?? {})) {
      if (!isLocked(packages, path, name)) problems.push(`${path}: its ${name} is not in the lockfile`);
    }
  }
  return problems;
}

function sorted(object = {}) {
  return Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Looks for a package where Node would: beside the one that needs it, then further up. */
function isLocked(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[path]) return true;
    if (folder === '') return false;
  }
}

function readJson(name) {
  return JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const problems = lockfileProblems(readJson('package-lock.json'), readJson('package.json'));
  for (const problem of problems) console.error(`package-lock.json: ${problem}`);
  if (problems.length > 0) process.exit(1);
}
