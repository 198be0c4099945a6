import { afterAll, beforeAll, describe } from 'vitest';
import type { UserClient } from '../redis-clients/libraries.js';
import { LIBRARIES } from '../redis-clients/libraries.js';
import { sharedCluster } from '../redis-ground/cluster.js';
import { conformsThrough } from './conformance-suite.js';

const cluster = await sharedCluster();
const tried = LIBRARIES.filter(({ name }) => ['ioredis 6', 'redis 6', 'iovalkey'].includes(name));

describe.each(tried)('a Cluster of three masters and three replicas, through $name', (library) => {
  let user: UserClient;
  beforeAll(async () => {
    user = await library.cluster(cluster.addresses);
  });
  afterAll(() => user.end());

  describe('one shard', () => conformsThrough(() => user, { shards: 1 }));
  describe('six shards', () => conformsThrough(() => user, { shards: 6 }));
});
