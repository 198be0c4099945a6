import { createRequire } from 'node:module';
import { Redis } from 'ioredis';
import { pairContender } from './load.mjs';

const require = createRequire(import.meta.url);

/** redlock 5, or with `version: 4` that one, on one server. */
export async function open({ port, version }) {
  const connect = version === 4 ? connectTo4 : connectTo5;
  return pairContender(connect)({ port });
}

function connectTo5(port) {
  const { default: Redlock } = require('redlock');
  const redis = autoPipelined(port);
  const redlock = new Redlock([redis]);
  return {
    async pair(task, unit) {
      const lock = await redlock.acquire([`${task}:${unit}`], 60_000);
      await lock.release();
    },
    end: () => redis.disconnect(),
  };
}

function connectTo4(port) {
  const Redlock = require('redlock4');
  const redis = autoPipelined(port);
  const redlock = new Redlock([redis]);
  return {
    async pair(task, unit) {
      const lock = await redlock.lock(`${task}:${unit}`, 60_000);
      await lock.unlock();
    },
    end: () => redis.disconnect(),
  };
}

function autoPipelined(port) {
  return new Redis({ host: '127.0.0.1', port, enableAutoPipelining: true });
}
