// A server that is replaced while it works: SIGTERM, a grace, then others have what it could not finish, at once.
//   PUT /:song/:n?takes=ms          encodes a piece
//   POST /:song/:pieces?takes=ms    closes the song; merging it takes so long
// TUSKER_URL=redis://127.0.0.1:6379 PORT=3001 node deploy.mjs
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTusker, httpAnswer } from 'tusker';

const { PORT = '3001', GRACE = '10000' } = process.env;
const tusker = createTusker();
const songs = tusker.namespace('songs', { wait: 10_000 });

const worker = songs.work(async ({ info, attempt, results, signal }) => {
  await sleep(info.takes, undefined, { signal }); // heed the signal: it aborts when the grace is over
  return { pieces: await results(), attempt, by: process.pid };
});
worker.on('claimed', ({ task }) => console.log(`merging ${task}`));
worker.on('given-back', ({ task }) => console.log(`gave ${task} back`));
worker.on('error', (error) => console.error(error.message));

async function answerTo({ method, url }) {
  const { pathname, searchParams } = new URL(url, 'http://server');
  const [, song, n] = pathname.split('/');
  const takes = Number(searchParams.get('takes') ?? 0);
  if (method === 'POST') return songs.close(song, { info: { takes }, expect: Number(n) });
  return songs.run(song, n, async ({ signal }) => {
    console.log(`encoding ${song} ${n}`);
    await sleep(takes, undefined, { signal });
    return `${song}-${n}.mp3`;
  });
}

const server = createServer(async (request, response) => {
  try {
    response.end(JSON.stringify(await answerTo(request)));
  } catch (error) {
    const { status, headers, body } = httpAnswer(error) ?? { status: 500, headers: {}, body: '' };
    response.writeHead(status, headers).end(body); // 503 for what was cut off: the client asks another server
  }
});
server.listen(Number(PORT), '127.0.0.1', () => console.log('ready'));

process.once('SIGTERM', async () => {
  server.close(); // the load balancer sends nothing any more; requests under way are answered
  const { locks, claims, calls } = await tusker.stop({ grace: Number(GRACE), timeout: Number(GRACE) + 5_000 });
  const left = locks.length + claims.length + calls.length;
  console.log(left === 0 ? 'stopped' : `stopped; ${left} could not be told to the store in time`);
});
