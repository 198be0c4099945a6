import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The build under test: build/, or the folder that TUSKER_DIST names (to hold one build against another). */
const { TUSKER_DIST } = process.env;
const dist = TUSKER_DIST ? pathToFileURL(`${resolve(TUSKER_DIST)}/`) : new URL('../../build/', import.meta.url);

export const { createTusker } = await import(new URL('index.js', dist));
export const { redisStore } = await import(new URL('stores/redis/index.js', dist));
export const { memoryStore } = await import(new URL('stores/embedded/memory.js', dist));
export const { sqliteStore } = await import(new URL('stores/embedded/sqlite.js', dist));
export const { shardsOf } = await import(new URL('stores/redis/keys.js', dist));
