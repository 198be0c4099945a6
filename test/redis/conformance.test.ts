import { afterAll, beforeAll, describe } from 'vitest';
import type { UserClient } from '../redis-clients/libraries.js';
import { LIBRARIES } from '../redis-clients/libraries.js';
import { startRedis } from '../redis-ground/server.js';
import { conformsThrough } from './conformance-suite.js';

const server = await startRedis();
afterAll(() => server.stop());

describe.each(LIBRARIES)('one server, through $name', (library) => {
  let user: UserClient;
  beforeAll(async () => {
    user = await library.single(server.port);
  });
  afterAll(() => user.end());

  conformsThrough(() => user);
});
