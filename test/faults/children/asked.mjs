// A process that does with the file what it is asked to, and answers: `ok`, or the code and the words of the refusal.
import { copyFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [dist, file] = process.argv.slice(2);
const { createTusker } = await import(pathToFileURL(`${dist}/index.js`).href);
const tusker = createTusker(`sqlite:${file}`);

const CAN = {
  run: (task, unit) => tusker.run(task, unit, () => unit),
  read: () => tusker.stats(),
  wait: () => tusker.fetchReleased({ timeout: 60_000 }),
  copy: async () => copyFileSync(file, `${file}.copy`),
  // As another part of the program might.
  open: () => createTusker(`sqlite:${file}`).stats(),
  'change folder': async () => process.chdir('/'),
  stop: () => tusker.stop(),
};
process.on('message', async ([what, ...args]) => {
  const answer = await CAN[what](...args).then(
    () => ({ answer: 'ok' }),
    ({ code, message }) => ({ answer: code, message }),
  );
  process.send(answer);
});
process.send('ready');
