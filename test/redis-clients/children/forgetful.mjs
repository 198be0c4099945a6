// A user's program that never stops its tusker. Prints what it was told to do, and lives as long as that keeps it alive.
import { createTusker } from './dist/index.js';

const [url, what, awaited] = process.argv.slice(2);
const tusker = createTusker(url);

const DEEDS = {
  /** The lock is listened to: events are followed. */
  async lock() {
    const lock = await tusker.lock('song', process.pid, { ttl: 300 });
    void lock.signal.aborted;
    lock.signal.addEventListener('abort', () => {});
    console.log('locked');
  },
  async run() {
    console.log(await tusker.run('song', process.pid, () => 'run'));
    console.log((await tusker.stats()).open > 0);
  },
  async call() {
    await tusker.stats();
    const { default: net } = await import('node:net');
    const { port, hostname } = new URL(url);
    await new Promise((resolve) => {
      const pausing = net.connect(Number(port), hostname);
      pausing.end('CLIENT PAUSE 700 ALL\r\n').resume().once('close', resolve);
    });
    console.log((await tusker.stats()).open >= 0 ? 'answered' : '');
  },
  work() {
    const worker = tusker.work(({ task }) => task);
    process.once('SIGUSR2', () => worker.stop());
    console.log('ready');
  },
  async result() {
    console.log('ready');
    console.log(await tusker.result(awaited));
  },
};
await DEEDS[what]();
