// Copies of the built library, slowed down on purpose. Nothing of this is in the library itself.
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SHARE = 0.3;
/** Of a lock with a unit of its own, alone; and what a turn of an empty loop in Lua takes. */
const INSTRUCTIONS_OF_A_CALL = 130_000;
const INSTRUCTIONS_OF_A_TURN = 9;
/** As many tasks as the counted growth has at last. */
const MANY_TASKS = 10_000;
const TURNS = Math.round((SHARE * INSTRUCTIONS_OF_A_CALL) / INSTRUCTIONS_OF_A_TURN);

/**
 * One slowdown of 30 % for each section, or more. `code(figures)` gives what the copy does instead, out of what was measured without it; `about`
 * says it in words.
 */
export const SLOWDOWNS = [
  {
    section: 'instructions',
    about: 'a third more instructions in each call of the library',
    lua: () => `for _ = 1, ${TURNS} do end`,
  },
  {
    section: 'per-unit',
    about: 'the client takes 30 % longer for a pair',
    lock: ({ figures }) => SHARE * figures['1000 in flight over 50 tasks'].tusker.clientCpu.median,
  },
  {
    section: 'joins',
    about: 'the client takes 30 % longer for a join of 100 units',
    handler: ({ figures }) => SHARE * 100 * figures[100].tusker.clientCpu.median,
  },
  {
    section: 'latency',
    about: 'the handler starts 30 % later',
    handler: ({ figures }) => SHARE * figures['one at a time'].tusker.p50,
  },
  {
    section: 'latency',
    about: 'a pair alone takes 30 % longer',
    lock: ({ figures }) => SHARE * figures['A unit locked and unlocked, one call at a time, µs'].tusker.p50,
  },
  {
    section: 'memory',
    about: 'a held lock takes 30 % more bytes',
    unit: ({ figures }) => Math.ceil(SHARE * figures.outstanding[100]),
  },
  {
    section: 'growth',
    about: 'a call takes 30 % more instructions among 10 000 tasks',
    lua: () => `for _ = 1, redis.call('HLEN', KEYS[1]) * ${TURNS / MANY_TASKS} do end`,
  },
  {
    section: 'embedded',
    about: 'the client takes 30 % longer for a pair over SQLite',
    lock: ({ figures }) => SHARE * embeddedPairs(figures)['SQLite NORMAL'].cpu.median,
  },
  {
    section: 'embedded',
    about: 'the client takes 30 % longer for a pair in memory',
    lock: ({ figures }) => SHARE * embeddedPairs(figures).memory.cpu.median,
  },
  {
    section: 'cluster',
    about: 'the client takes 30 % longer for a pair where there are 16 shards',
    shards: ({ figures }) => {
      const [load] = Object.values(figures);
      return { from: 16, micros: (SHARE / 2) * load['tusker, 16 shards'].clientCpu.median };
    },
  },
];

const embeddedPairs = (figures) => Object.values(figures)[0];

/**
 * Makes such a copy in a folder beneath node_modules, from where it finds what it imports. `kept` is what the section measured without it. Gives
 * the copy's folder, as TUSKER_DIST takes it, and the function that removes it.
 */
export function slowedCopy({ lua, lock, handler, unit, shards }, kept) {
  const folder = join(ROOT, 'node_modules', '.tusker-slowed', String(process.pid));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  const dist = join(folder, 'dist');
  cpSync(join(ROOT, 'build'), dist, { recursive: true, filter: (path) => !/\.(d\.ts|map)$/.test(path) });
  if (lua) patchLibrary(dist, lua(kept));
  else if (shards) wrap(dist, 'stores/redis/index.js', slowStore(shards(kept)));
  else wrap(dist, 'index.js', slowTusker({ lock: lock?.(kept), handler: handler?.(kept), unit: unit?.(kept) }));
  return { dist, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The library is named by its text: a server keeps this one beside the other. */
function patchLibrary(dist, line) {
  const file = join(dist, 'stores/redis/library.generated.js');
  const text = readFileSync(file, 'utf8');
  const name = /LIBRARY_NAME = '(\w+)'/.exec(text)[1];
  const head = /^function apply\(\)$/m;
  if (!head.test(text)) throw new Error('the slowdown no longer fits: the library has no function apply()');
  writeFileSync(
    file,
    text.replaceAll(name, `${name.slice(0, -2)}00`).replace(head, (found) => `${found}\n${line}`),
  );
}

/** Puts a module in the place of another, which it imports as `./unslowed.js`. */
function wrap(dist, path, code) {
  const file = join(dist, path);
  renameSync(file, file.replace(/index\.js$/, 'unslowed.js'));
  writeFileSync(file, `export * from './unslowed.js';\n${SPIN}\n${code}\n`);
}

const SPIN = `function spin(micros) {
  const end = performance.now() + micros / 1000;
  while (performance.now() < end);
}`;

function slowTusker({ lock = 0, handler = 0, unit = 0 }) {
  return `import { createTusker as create } from './unslowed.js';
export function createTusker(...args) {
  const tusker = create(...args);
  const { lock, work } = tusker;
  if (${lock + unit} > 0) tusker.lock = (task, unit, options) => {
    spin(${lock});
    return lock.call(tusker, task, unit + '${'x'.repeat(unit)}', options);
  };
  if (${handler} > 0) tusker.work = (handle, options) => work.call(tusker, (context) => {
    spin(${handler});
    return handle(context);
  }, options);
  return tusker;
}`;
}

/** Each call of a store with so many shards takes so much longer. */
function slowStore({ from, micros }) {
  return `import { redisStore as open } from './unslowed.js';
export function redisStore(client, options) {
  const store = open(client, options);
  const { apply } = store;
  if (options?.shards >= ${from}) store.apply = (calls) => {
    spin(${micros} * calls.length);
    return apply.call(store, calls);
  };
  return store;
}`;
}
