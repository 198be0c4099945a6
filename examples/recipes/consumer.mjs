// A consumer of an at-least-once broker: messages come twice, out of order, and again when a consumer died.
// The broker is a stream of Redis with a consumer group. With Kafka, SQS or RabbitMQ only `messages` and the acknowledgement differ.
// TUSKER_URL=redis://127.0.0.1:6379 node consumer.mjs
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createTusker, isTuskerError } from 'tusker';

const STREAM = 'chunks';
const GROUP = 'encoders';
const { TUSKER_URL, TAKES = '50' } = process.env;
const me = `consumer-${process.pid}`;

const broker = new Redis(TUSKER_URL);
const tusker = createTusker(TUSKER_URL);
const songs = tusker.namespace('songs', { ttl: 2_000, wait: 5_000, unitAttempts: 3, unitGrace: 3_000 });
songs.work(async ({ results }) => (await results()).join('')).on('error', console.error);

/** Stands for work: the token goes to whatever it writes to. */
async function encode(text, signal, _token) {
  if (text === '') throw new Error('no sound in it');
  await sleep(Number(TAKES), undefined, { signal });
  return text.toUpperCase();
}

/** May be called any number of times for a message, by several consumers at once, in any order. */
async function handle({ song, n, text, total }) {
  if (total) return songs.close(song, { expect: Number(total) }); // may come before the last chunks
  try {
    return await songs.run(song, n, ({ signal, token }) => encode(text, signal, token));
  } catch (error) {
    if (isTuskerError(error, 'TASK_RELEASED')) return; // a copy that comes late: the song is whole
    if (isTuskerError(error, 'UNIT_FAILED')) return; // three attempts were enough: the song fails, and says why
    throw error; // not acknowledged: the broker sends it again
  }
}

/** What a dead consumer did not acknowledge, then what is new. */
async function messages() {
  const [, left] = await broker.xautoclaim(STREAM, GROUP, me, 3_000, '0', 'COUNT', 1);
  if (left.length > 0) return left;
  const news = await broker.xreadgroup('GROUP', GROUP, me, 'COUNT', 1, 'BLOCK', 500, 'STREAMS', STREAM, '>');
  return news?.[0][1] ?? [];
}

let isStopping = false;
process.once('SIGTERM', () => {
  isStopping = true;
});

await broker.xgroup('CREATE', STREAM, GROUP, '0', 'MKSTREAM').catch(() => {}); // another consumer made it
console.log('ready');
while (!isStopping) {
  for (const [id, words] of await messages()) {
    const message = Object.fromEntries(words.flatMap((word, i) => (i % 2 === 0 ? [[word, words[i + 1]]] : [])));
    try {
      await handle(message);
      await broker.xack(STREAM, GROUP, id); // only now: it is done, and its result is stored
    } catch (error) {
      console.error(error.message);
    }
  }
}
await tusker.stop();
broker.disconnect();
