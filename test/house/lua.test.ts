import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  DEFAULT_TASK_OPTIONS,
  FAILED_RETENTION,
  FREE_GIVE_BACKS,
  MAX_DEAD_LETTERS,
  MAX_EVENTS,
  MAX_TOMBSTONES,
  MIN_RETRY_GRACE,
  NONCE_RETENTION,
  UNIT_RETENTION,
} from '../../src/core/options.js';
import { LIBRARY } from '../../src/stores/redis/library.generated.js';
import { temporaryFolder } from '../subjects.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const piece = (name: string): string => readFileSync(`src/stores/redis/lua/${name}.lua`, 'utf8');

test('the library that is shipped is what the pieces of Lua say', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/lua.mjs', '--check'], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

test('luacheck finds nothing in it', () => {
  const file = join(folder.path, 'library.lua');
  spawnSync(process.execPath, ['scripts/lua.mjs', '--plain', file]);
  const { status, stdout, error } = spawnSync('luacheck', ['--config', '.luacheckrc', '--no-color', file], {
    encoding: 'utf8',
  });
  expect(error?.message, 'install luacheck, on Debian by: apt-get install -y lua-check').toBeUndefined();
  expect([status, stdout.split('\n').filter((line) => line.includes('library.lua:'))]).toEqual([0, []]);
});

test('no name is global: the server refuses to make one', () => {
  expect(LIBRARY).not.toMatch(/^\s*(?!function )[a-z_]+ = (?:function|redis)/m);
});

test('the Lua has the defaults and limits of the contract', () => {
  const { attempts, timeout, backoff, unitGrace, incomplete, worker, retention } = DEFAULT_TASK_OPTIONS;
  const { base, factor, max, jitter } = backoff;
  const places = [attempts, timeout, base, factor, max, jitter, false, unitGrace];
  const defaults = [...places, incomplete === 'release' ? 1 : 0, worker ? 1 : 0, retention];
  const cold = piece('include/cold');
  expect(cold).toContain(`local DEFAULTS = { ${defaults.join(', ')} }`);
  expect(cold).toContain(`local UNIT_RETENTION = ${UNIT_RETENTION}\n`);
  expect(cold).toContain(`local FAILED_RETENTION = ${FAILED_RETENTION}\n`);
  expect(piece('include/queue')).toContain(`now + ${NONCE_RETENTION}`);
  expect(piece('include/ledger')).toContain(`'~', '${MAX_EVENTS}',`);
  expect(piece('functions/due')).toContain(`[FAILED] = ${MAX_DEAD_LETTERS}, [COMPLETED] = ${MAX_TOMBSTONES}`);
  expect(piece('verbs/by-hand')).toContain(`max(option(task, UNIT_GRACE), ${MIN_RETRY_GRACE})`);
  expect(piece('verbs/settle-claim')).toContain(`local FREE_GIVE_BACKS = ${FREE_GIVE_BACKS}\n`);
});
