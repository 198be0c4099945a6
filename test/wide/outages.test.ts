/** A host whose packets are dropped for 20 s without a word: what happens meanwhile, and how soon all is as before. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { message, readFacts } from '../faults/processes.js';
import { outage } from '../harness/outage.js';
import { builtPackage } from '../harness/shared.js';
import { Network } from '../redis-ground/network.js';
import { redisProgram } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';

const OUTAGE = 20_000;
/** Promised are 2 s; the machine of a test may be busy. In ms. */
const BACK_WITHIN = 2500;
const HOSTS = ['server', 'producer', 'worker'] as const;

/** What one of the processes has done, with the time. */
interface Fact {
  readonly what: string;
  readonly task: string;
  readonly at: number;
}

class Ground {
  readonly network = new Network(HOSTS);
  readonly #dir = mkdtempSync(join(tmpdir(), 'tusker-outage-'));
  readonly #facts = join(this.#dir, 'facts');

  constructor(private readonly dist: string) {
    const flags = [
      '--bind',
      this.network.address('server'),
      '--protected-mode',
      'no',
      '--save',
      '',
      '--dir',
      this.#dir,
    ];
    this.network.run('server', redisProgram(), flags, 'ignore');
    onTestFinished(() => {
      this.network.close();
      rmSync(this.#dir, { recursive: true, force: true });
    });
  }

  /** Resolves when it is ready. */
  async start(host: 'producer' | 'worker'): Promise<ChildProcess> {
    const script = fileURLToPath(new URL(`children/${host}.mjs`, import.meta.url));
    const args = [script, this.dist, `redis://${this.network.address('server')}`, this.#facts];
    const child = this.network.run(host, process.execPath, args, ['ignore', 'inherit', 'inherit', 'ipc']);
    await once(child, 'message');
    return child;
  }

  facts(what: string): Fact[] {
    const facts = readFacts(this.#facts).map(([word = '', task = '', at]) => ({ what: word, task, at: Number(at) }));
    return facts.filter((fact) => fact.what === what);
  }

  /** How long after a moment this was first done again, in ms. */
  async back(what: string, since: number): Promise<number> {
    const first = await until(`${what} again`, async () => this.facts(what).find(({ at }) => at >= since));
    return first.at - since;
  }
}

test.each(HOSTS)(
  'the %s was silent for 20 s: within 2 s all go on, and nothing is lost or done twice',
  async (host) => {
    const ground = new Ground(await builtPackage());
    const [producer, worker] = [await ground.start('producer'), await ground.start('worker')];
    await until('work goes on', async () => ground.facts('merged').length > 20 || undefined);
    const { network } = ground;
    await outage(
      () => network.silence(host),
      OUTAGE,
      () => network.heal(host),
    );
    const healed = Date.now();
    const meanwhile = (what: string): Fact[] =>
      ground.facts(what).filter(({ at }) => at > healed - OUTAGE / 2 && at < healed);
    if (host !== 'worker') expect(meanwhile('closed')).toEqual([]);
    if (host !== 'producer') expect(meanwhile('merged')).toEqual([]);
    const back = await Promise.all(['closed', 'merged'].map((what) => ground.back(what, healed)));
    console.log(`${host}: closed again after ${back[0]} ms, merged after ${back[1]} ms`);

    producer.send('stop');
    await message(producer);
    const closed = ground.facts('closed').map(({ task }) => task);
    await until('all is merged', async () => ground.facts('merged').length >= closed.length || undefined);
    worker.send('stop');
    const completed = await message<string[]>(worker);
    expect(completed.sort()).toEqual(closed.sort());
    expect(Math.max(...back)).toBeLessThan(BACK_WITHIN);
  },
  90_000,
);
