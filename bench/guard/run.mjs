// npm run bench -- guard [section …] [--runs 10] [--slowed 1]: whether the guard can be believed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { endWithProcess } from '../harness/end-with-process.mjs';
import { machine } from '../harness/machine.mjs';
import { keep, RESULTS, sectionText, writePage } from '../harness/report.mjs';
import { PAGE, SECTIONS } from '../harness/sections.mjs';
import { temporaryFolder } from '../harness/temporary-folder.mjs';
import { SLOWDOWNS, slowedCopy } from './slowed.mjs';
import { guardReport } from './verdict.mjs';

const BENCH = fileURLToPath(new URL('../run.mjs', import.meta.url));

/**
 * Runs `--quick --check` on the library as it is, which must raise no alarm, and on copies of it that are 30 % slower in one
 * section each, which must. Gives the exit status: 1 when there was a false alarm or a slowdown went unseen.
 */
export async function guard({ runs = 10, slowed = 1, only }) {
  const start = performance.now();
  const sections = only.length > 0 ? only : Object.keys(SECTIONS);
  const folder = temporaryFolder();
  try {
    const quiet = [];
    for (let run = 1; run <= Math.max(1, Number(runs)); run++) {
      quiet.push(await check(sections, folder.file(`run-${run}`)));
      say(`run ${run} of ${runs}`, quiet.at(-1));
    }
    const tried = [];
    for (const slowdown of SLOWDOWNS.filter(({ section }) => sections.includes(section))) {
      tried.push(await trySlowdown(slowdown, Number(slowed), quiet.at(-1).kept[slowdown.section], folder));
    }
    const result = guardReport(quiet, tried);
    console.log(`\n${sectionText(result)}\n`);
    const seconds = (performance.now() - start) / 1000;
    console.log(`(${Math.round(seconds / 60)} min)`);
    if (only.length === 0) {
      keep(RESULTS, 'guard', machine(), seconds, result);
      writePage(RESULTS, PAGE);
    }
    return result.isBelievable ? 0 : 1;
  } finally {
    folder.remove();
  }
}

async function trySlowdown(slowdown, times, kept, folder) {
  const copy = slowedCopy(slowdown, kept);
  const forget = endWithProcess(copy.remove);
  const { section, about } = slowdown;
  try {
    const checks = [];
    for (let time = 1; time <= times; time++) {
      checks.push(await check([section], folder.file(`slowed-${time}`), { TUSKER_DIST: copy.dist }));
      say(`${section}, ${about}, ${time} of ${times}`, checks.at(-1));
    }
    return { section, about, checks };
  } finally {
    copy.remove();
    forget();
  }
}

/** One run of the bench in a process of its own: its alarms, which sections it measured twice, and what it kept. */
async function check(sections, path, env = {}) {
  const into = pathToFileURL(`${path}/`);
  const args = [BENCH, ...sections, '--quick', '--check', '--into', path];
  const start = performance.now();
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const forget = endWithProcess(() => child.kill('SIGTERM'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const [status] = await once(child, 'close');
  forget();
  if (status !== 0 && status !== 1) throw new Error(`the bench ended with ${status}:\n${output}`);
  const alarms = [...output.matchAll(/^fell: (.*)$/gm)].map(([, text]) => text);
  if ((status === 1) !== alarms.length > 0) throw new Error(`the bench ended with ${status}:\n${output}`);
  const kept = sections.map((name) => [name, JSON.parse(readFileSync(new URL(`${name}.json`, into), 'utf8'))]);
  return {
    alarms,
    repeated: [...output.matchAll(/^(\S+) is measured once more\.$/gm)].map(([, name]) => name),
    unrest: [...output.matchAll(/^(\S+: the machine was not quiet.*)$/gm)].map(([, text]) => text),
    kept: Object.fromEntries(kept),
    seconds: (performance.now() - start) / 1000,
  };
}

function say(title, { alarms, repeated, unrest, seconds }) {
  const again = repeated.length > 0 ? `, measured twice: ${repeated.join(', ')}` : '';
  console.log(`${title}: ${alarms.length} alarm${alarms.length === 1 ? '' : 's'}${again} (${Math.round(seconds)} s)`);
  for (const text of [...alarms.map((alarm) => `fell: ${alarm}`), ...unrest]) console.log(`  ${text}`);
}
