import { afterAll, beforeAll, describe } from 'vitest';
import type { UserClient } from '../redis-clients/libraries.js';
import { LIBRARIES } from '../redis-clients/libraries.js';
import { startCluster } from '../redis-ground/cluster.js';
import { conformsThrough } from './conformance-suite.js';

const cluster = await startCluster();
afterAll(() => cluster.stop());

const flush = (): Promise<unknown> => Promise.all(cluster.nodes.slice(0, 3).map((node) => node.send('FLUSHALL')));
const tried = LIBRARIES.filter(({ name }) => ['ioredis 6', 'redis 6', 'iovalkey'].includes(name));

describe.each(tried)('a Cluster of three masters and three replicas, through $name', (library) => {
  let user: UserClient;
  beforeAll(async () => {
    user = await library.cluster(cluster.addresses);
  });
  afterAll(() => user.end());

  describe('one shard', () => conformsThrough(() => user, flush, { shards: 1 }));
  describe('six shards', () => conformsThrough(() => user, flush, { shards: 6 }));
});
