import { afterAll, beforeAll, describe } from 'vitest';
import type { UserClient } from '../redis-clients/libraries.js';
import { LIBRARIES } from '../redis-clients/libraries.js';
import { sharedSentinels } from '../redis-ground/sentinel.js';
import { conformsThrough } from './conformance-suite.js';

const ground = await sharedSentinels();

const tried = LIBRARIES.filter(({ name }) => name === 'ioredis 6' || name === 'redis 6');

describe.each(tried)('over Sentinel, through $name', (library) => {
  let user: UserClient;
  beforeAll(async () => {
    user = await library.sentinel(ground.addresses);
  });
  afterAll(() => user.end());

  conformsThrough(() => user);
});
