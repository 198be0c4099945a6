/** Programs under `exactOptionalPropertyTypes` hand on what may be undefined: each public option takes that. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, expectTypeOf, test } from 'vitest';
import type { ClassicCloseOptions, ClassicOptions } from '../../src/classic/index.js';
import type { DashboardOptions, ServeOptions } from '../../src/dashboard/index.js';
import type {
  AllOptions,
  BackoffOptions,
  Claim,
  CloseOptions,
  FailedWorkOptions,
  FailOptions,
  FetchFailedOptions,
  FetchOptions,
  Lock,
  LockOptions,
  NamespaceOptions,
  OpenOptions,
  ProcessingOptions,
  Schemas,
  StopOptions,
  Tusker,
  TuskerOptions,
  WorkContext,
  WorkOptions,
} from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import type { MemoryStoreOptions } from '../../src/stores/embedded/memory.js';
import { memoryStore } from '../../src/stores/embedded/memory.js';
import type { SqliteStoreOptions } from '../../src/stores/embedded/sqlite.js';
import { sqliteStore } from '../../src/stores/embedded/sqlite.js';
import type { RedisStoreOptions } from '../../src/stores/redis/index.js';
import { redisStore } from '../../src/stores/redis/index.js';
import type { TestTusker } from '../../src/testing/index.js';
import { temporaryFolder } from '../subjects.js';

/** The optional members that do not take `undefined`. */
type Refusing<T> = {
  [Name in keyof T]-?: object extends Pick<T, Name> ? (undefined extends Required<T>[Name] ? never : Name) : never;
}[keyof T];
/** The options of a method that has no name for them. */
type Given<Method extends (...args: never[]) => unknown, At extends number> = NonNullable<Parameters<Method>[At]>;

interface Named {
  all: AllOptions;
  backoff: BackoffOptions;
  classic: ClassicOptions;
  classicClose: ClassicCloseOptions;
  close: CloseOptions<string>;
  dashboard: DashboardOptions;
  fail: FailOptions;
  fetch: FetchOptions;
  lock: LockOptions;
  memory: MemoryStoreOptions;
  namespace: NamespaceOptions;
  open: OpenOptions<string>;
  processing: ProcessingOptions;
  redis: RedisStoreOptions;
  schemas: Schemas;
  serve: ServeOptions;
  sqlite: SqliteStoreOptions;
  stop: StopOptions;
  tusker: TuskerOptions;
  work: WorkOptions;
  workFailed: FailedWorkOptions;
  fetchFailed: FetchFailedOptions;
}
interface OfMethods {
  events: Given<Tusker['events'], 0>;
  idle: Given<TestTusker['idle'], 0>;
  lockFail: Given<Lock['fail'], 1>;
  result: Given<Tusker['result'], 1>;
  claimResults: Given<Claim['results'], 0>;
  workResults: Given<WorkContext['results'], 0>;
  sweep: Given<Tusker['sweep'], 0>;
  tasks: Given<Tusker['tasks'], 0>;
  units: Given<Tusker['units'], 1>;
  unlock: Given<Tusker<{ info: 1; unit: 1; result: 1; infoIn: 1; unitIn: 1; resultIn: 1 }>['unlock'], 2>;
  complete: Given<Tusker<{ info: 1; unit: 1; result: 1; infoIn: 1; unitIn: 1; resultIn: 1 }>['complete'], 1>;
}
type AllOf<Options> = { [Name in keyof Options]: Refusing<Options[Name]> };
type None<Options> = { [Name in keyof Options]: never };

test('each option takes undefined: this file compiles', () => {
  expectTypeOf<AllOf<Named>>().toEqualTypeOf<None<Named>>();
  expectTypeOf<AllOf<OfMethods>>().toEqualTypeOf<None<OfMethods>>();
  expectTypeOf<Refusing<{ a?: string; b?: string | undefined; c: string }>>().toEqualTypeOf<'a'>();
});

test('no named options of a door are left out here', () => {
  const here = readFileSync(import.meta.filename ?? new URL(import.meta.url), 'utf8');
  const doors = ['', 'classic/', 'dashboard/', 'telemetry/', 'testing/'].map((door) => `src/${door}index.ts`);
  const exported = [...doors, 'src/stores/redis/index.ts'].flatMap((door) =>
    [...readFileSync(door, 'utf8').matchAll(/\b[A-Z]\w*Options\b/g)].map(([name]) => name),
  );
  // The complete options of a stored task: no caller gives them.
  const isTried = (name: string): boolean => new RegExp(`: ${name}(<string>)?;`).test(here);
  // The complete options of a stored task: no caller gives them.
  const missing = exported.filter((name) => name !== 'TaskOptions' && !isTried(name));
  expect(exported).toContain('LockOptions');
  expect(missing).toEqual([]);
});

test('undefined is the same as left out, in stores, too', async () => {
  const folder = temporaryFolder();
  const none = { namespace: undefined, clock: undefined, random: undefined };
  const stores = [
    memoryStore(none),
    sqliteStore(join(folder.path, 'a.db'), { ...none, synchronous: undefined, busyTimeout: undefined }),
  ];
  for (const store of stores) {
    const tusker = createTusker(
      { store },
      { schema: undefined, maxPayload: undefined, holder: undefined, ttl: undefined },
    );
    expect(await tusker.run('t', 'u', () => 1, { ttl: undefined, wait: undefined, signal: undefined })).toBe(1);
    expect(await tusker.close('t', { expect: undefined, backoff: { base: undefined }, info: undefined })).toMatchObject(
      {
        state: 'released',
      },
    );
    await tusker.stop({ grace: undefined, timeout: undefined });
  }
  const options = { namespace: undefined, shards: undefined, waitForReplicas: undefined, retryFor: undefined };
  expect(redisStore('redis://127.0.0.1:1', { ...options, commandTimeout: undefined }).shards).toBe(1);
  folder.remove();
});
