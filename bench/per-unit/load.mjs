import { Redis } from 'ioredis';
import { costOf } from '../harness/cost.mjs';
import { warmUp } from '../harness/steady.mjs';

const UNITS_A_TASK = 1000;
/** What is measured runs optimised code, as that of a server does: each load is warmed up until a pair costs no less than before. */
const WINDOW_SECONDS = 0.25;
/** Before each further measurement: its connection and the emptied server are new. */
const AGAIN_SECONDS = 0.1;

/**
 * A contender of this section: `connect(port)` gives `{ pair(task, unit, isLast), end() }`, where `pair` locks and unlocks
 * one unit, or `{ pair(units), group, end() }`, where `pair` does the same for `group` of them. Each measurement has an
 * emptied server and a connection of its own.
 */
export function pairContender(connect) {
  return async ({ port, ports = [port] }) => {
    const warm = new Set();
    const admins = ports.map((each) => new Redis({ host: '127.0.0.1', port: each }));
    return {
      async pairs(load) {
        await Promise.all(admins.map((admin) => admin.flushall()));
        const contender = await connect(port, load);
        try {
          const warmFor = (seconds, i) => lanes({ ...load, seconds }, contender, unitNames(`warm-${i}`));
          const kind = `${load.inFlight} over ${load.tasks}`;
          if (warm.has(kind)) await warmFor(AGAIN_SECONDS, 0);
          else await warmUp((i) => warmFor(WINDOW_SECONDS, i));
          warm.add(kind);
          return await measured(admins, load, contender);
        } finally {
          await contender.end?.();
        }
      },
      close: () => admins.map((admin) => admin.disconnect()),
    };
  };
}

async function measured(admins, load, contender) {
  const cost = await costOf(admins, () => lanes(load, contender, unitNames('unit')));
  const pairs = cost.value;
  return {
    rate: pairs / cost.seconds,
    clientCpu: cost.clientCpu / pairs,
    serverCpu: cost.serverCpu / pairs,
    commands: cost.commands / pairs,
    scripts: cost.scripts / pairs,
    servers: cost.servers.map(({ cpu }) => cpu / pairs),
  };
}

/** `inFlight` lanes that each do one pair after the other, for so many seconds. Gives how many. */
async function lanes({ inFlight, tasks, seconds }, { pair, group = 1, settle }, units) {
  const slots = taskSlots(tasks, units);
  const end = performance.now() + seconds * 1000;
  let pairs = 0;
  const isOver = () => performance.now() >= end;
  const single = async (lane) => {
    for (let place = lane; !isOver(); place += inFlight) {
      const { task, unit, isLast } = slots.next(place);
      await pair(task, unit, isLast);
      pairs++;
    }
  };
  const grouped = async (first, size) => {
    for (let place = first; !isOver(); place += inFlight) {
      await pair(Array.from({ length: size }, (_, i) => slots.next(place + i)));
      pairs += size;
    }
  };
  const size = Math.min(group, inFlight);
  const lane = (i) => (group === 1 ? single(i) : grouped(i * size, size));
  await Promise.all(Array.from({ length: inFlight / size }, (_, i) => lane(i)));
  await settle?.();
  return pairs;
}

/** So many tasks side by side; one is left for another after 1000 units. */
function taskSlots(count, units) {
  const slots = Array.from({ length: count }, (_, slot) => ({ name: units.task(slot, 0), begun: 0, turn: 0 }));
  return {
    next(place) {
      const slot = slots[place % count];
      if (slot.begun === UNITS_A_TASK) {
        slot.turn++;
        slot.begun = 0;
        slot.name = units.task(place % count, slot.turn);
      }
      slot.begun++;
      return { task: slot.name, unit: units.next(), isLast: slot.begun === UNITS_A_TASK };
    },
  };
}

/** Fresh names of tasks, and of units in 30 characters. */
function unitNames(prefix) {
  let count = 0;
  return {
    next: () => `${prefix}-${String(count++).padStart(29 - prefix.length, '0')}`,
    task: (slot, turn) => `${prefix}-task-${slot}-${turn}`,
  };
}
