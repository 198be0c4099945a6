import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIBRARIES } from '../redis-clients/libraries.js';
import type { RedisSentinels } from '../redis-ground/sentinel.js';
import { startSentinels } from '../redis-ground/sentinel.js';
import { Load } from './load.js';
import { tell } from './tell.js';
import { storeOf } from './users.js';

const tried = LIBRARIES.filter(({ name }) => ['ioredis 6', 'redis 6', 'iovalkey'].includes(name));

describe.each(tried)('over Sentinel, through $name', (one) => {
  let ground: RedisSentinels;
  beforeAll(async () => {
    ground = await startSentinels();
  });
  afterAll(() => ground.stop());

  test('a master is killed under load: what was acknowledged and copied happens once, and all ends', async () => {
    const h = await storeOf(one.sentinel(ground.addresses));
    const before = new Load(h.store.namespace(`${h.store.name} before`), 'before');
    await before.run(20);
    await tell(await ground.master(), 'WAIT', 1, 5000);
    const load = new Load(h.store, 'during');
    await load.runDuring(() => ground.killMaster());
    expect(before.twice).toEqual([]);
    await before.expectNothingLeft();
    load.expectGrowingTokens();
    await load.expectNothingLeft();
    // A replica may lack the last writes of a master that was killed, so that what was under way then is begun again. What
    // began on the new one is not: nothing of it was lost.
    expect(load.begunAfter.length).toBeGreaterThan(0);
    expect(load.twice.filter((task) => load.begunAfter.includes(task))).toEqual([]);
    const { length } = load.ended;
    console.log(
      `${one.name}: of ${length} tasks during a fail-over ${load.twice.length} ran twice, ${load.redone} were begun again`,
    );
    await before.stop();
  });
});
