import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { endWithProcess } from './end-with-process.mjs';

const HOST = fileURLToPath(new URL('contender-process.mjs', import.meta.url));
/** No measurement takes longer, in ms: whoever hangs fails the run instead of stopping it. */
const PATIENCE = 300_000;

/**
 * Starts a contender in a process of its own, which idles while others are measured: neither their garbage nor what the
 * compiler learnt from them touches it. `file` is a module with `open(options)`, which gives the functions that `ask`
 * names, one at a time.
 */
export async function startContender(file, options) {
  const child = fork(HOST, [fileURLToPath(file), JSON.stringify(options)], { execArgv: ['--expose-gc'] });
  const kill = () => child.kill('SIGKILL');
  const forget = endWithProcess(kill);
  await answer(child, `${file} open`);
  return {
    ask(name, ...args) {
      child.send({ name, args });
      return answer(child, `${file} ${name}`);
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'exit');
        child.send({ name: 'close', args: [] });
        const late = setTimeout(kill, 10_000);
        await gone;
        clearTimeout(late);
      }
      forget();
    },
  };
}

function answer(child, question) {
  return new Promise((resolve, reject) => {
    const settle = (act) => {
      clearTimeout(late);
      child.removeListener('message', take);
      child.removeListener('exit', end);
      act();
    };
    const take = ({ value, error }) =>
      settle(() => (error ? reject(new Error(`${question}: ${error}`)) : resolve(value)));
    const end = () => settle(() => reject(new Error(`${question}: its process ended`)));
    const late = setTimeout(() => settle(() => reject(new Error(`${question}: no answer`))), PATIENCE);
    child.on('message', take);
    child.on('exit', end);
  });
}

/** Starts all of them, hands them to `work` by name, and ends them whatever happens. */
export async function withContenders(entries, work) {
  const running = {};
  try {
    for (const [name, [file, options]] of Object.entries(entries)) running[name] = await startContender(file, options);
    return await work(running);
  } finally {
    await Promise.all(Object.values(running).map((contender) => contender.stop()));
  }
}
