import type { Finding } from '../../stores/redis/index.js';
import { diagnoseRedis } from '../../stores/redis/index.js';
import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { isRedisUrl } from '../store-url.js';

/** `tusker doctor`: is the store fit, and what to change. */
export const doctor: Command = {
  name: 'doctor',
  summary: 'examine the store: what is wrong with it, and what to change',
  usage: '',
  options: {},
  details: [
    'For Redis: version, eviction policy, persistence, replicas, Cluster, memory, functions, latency and clock. For SQLite:',
    'whether the file can be opened and read. Writes nothing but, in Redis, the library of functions.',
  ],
  exits: [['69', 'something is bad: tusker will not work so, or will lose tasks']],
  examples: ['tusker doctor --url redis://127.0.0.1:6379', 'tusker doctor --json'],
  seeAlso: ['stats'],
  run,
};

const MARKS = { ok: 'ok  ', warn: 'warn', bad: 'BAD ' } as const;

async function run({ output, tusker, storeUrl }: Context): Promise<number> {
  const findings = isRedisUrl(storeUrl) ? await diagnoseRedis(storeUrl) : await examineEmbedded(tusker);
  if (output.json) for (const finding of findings) await output.show(finding, '');
  else await output.show(null, findings.flatMap(lines));
  return findings.some(({ level }) => level === 'bad') ? EXIT.store : EXIT.ok;
}

function lines({ what, level, found, advice }: Finding): string[] {
  const line = `${MARKS[level]}  ${what.padEnd(12)} ${found}`;
  return advice === null ? [line] : [line, `      ${''.padEnd(12)} → ${advice}`];
}

async function examineEmbedded(tusker: Context['tusker']): Promise<Finding[]> {
  const { open, locked, released, processing } = await tusker.stats();
  const tasks = open + locked + released + processing;
  return [{ what: 'file', level: 'ok', found: `can be read; ${tasks} task(s) not ended`, advice: null }];
}
