// The inside of a contender's process: opens the module that it is given and answers what it is asked.
import { pathToFileURL } from 'node:url';

const [file, options] = process.argv.slice(2);

async function respond(work) {
  try {
    process.send({ value: await work() });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
}

let contender;
await respond(async () => {
  const { open } = await import(pathToFileURL(file));
  contender = await open(JSON.parse(options));
});
process.on('message', async ({ name, args }) => {
  if (name === 'close') {
    await contender?.close?.();
    process.exit();
  }
  globalThis.gc();
  await respond(() => contender[name](...args));
});
// The bench is gone.
process.on('disconnect', () => process.exit());
