import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { given } from '../input.js';
import { moment } from '../text.js';

const HOUR = 3_600_000;
const DEFAULT_TTL = 60_000;

/** `tusker lock`: a lock that nobody renews. */
export const lock: Command = {
  name: 'lock',
  summary: 'take a lock without renewal and print its token',
  usage: 'TASK UNIT',
  options: {
    ttl: { value: 'DURATION', summary: 'how long it lives', default: '60s' },
    'max-hold': { value: 'DURATION', summary: 'how long at most, with tusker extend', default: '1h, or --ttl' },
    wait: { value: 'DURATION', summary: 'how long to wait for a unit that somebody else holds', default: '0' },
    holder: { value: 'TEXT', summary: 'for people: who holds it', default: 'host:pid' },
  },
  details: [
    'Standard output has the token alone, for unlock, fail and extend; until when it lives is said on standard error.',
  ],
  exits: [
    ['4', 'somebody else holds the unit (LOCK_HELD); see --wait'],
    ['5', 'the task takes no more units (TASK_RELEASED)'],
    ['7', 'the unit has failed for good (UNIT_FAILED)'],
    ['8', 'the unit is done (UNIT_DONE)'],
  ],
  examples: [`token=$(tusker lock song-1 7 --ttl 5m) && ./encode 7 && tusker unlock song-1 7 --token "$token"`],
  seeAlso: ['exec', 'extend', 'unlock', 'fail'],
  lasts: (input) => (input.duration('wait') ? 'waits' : undefined),
  run,
};

async function run(context: Context): Promise<number> {
  const { input, output, tusker } = context;
  const ttl = input.duration('ttl') ?? DEFAULT_TTL;
  const maxHold = input.duration('max-hold') ?? Math.max(ttl, HOUR);
  const others = given({ wait: input.duration('wait'), holder: input.text('holder') });
  const task = input.argument('TASK');
  const unit = input.argument('UNIT');
  if (others.wait) await context.reached();
  const { token, until } = await tusker.lock(task, unit, { ...others, ttl, maxHold, renew: false });
  output.note(`locked until ${moment(until)}`);
  await output.show({ kind: 'locked', task, unit, token, until }, String(token));
  return EXIT.ok;
}
