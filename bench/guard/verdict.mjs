import { FLOORS } from '../harness/floors.mjs';
import { median, round } from '../harness/measure.mjs';

/** What the runs say of the guard: of `quiet` none may have an alarm, of each slowdown's all must, in its section. */
export function guardReport(quiet, tried, floors = FLOORS) {
  const falseAlarms = quiet.reduce((sum, { alarms }) => sum + alarms.length, 0);
  const misses = tried.reduce((sum, one) => sum + one.checks.length - caught(one), 0);
  const runs = quiet.length;
  const trials = tried.reduce((sum, { checks }) => sum + checks.length, 0);
  return {
    title: 'The guard',
    notes: [
      `${runs} runs of \`--quick --check\` on the library as it is: ${falseAlarms} false alarms. ${trials} runs on copies that are 30 % slower on purpose: ${misses} went unseen. A run takes ${Math.round(median(quiet.map(({ seconds }) => seconds)))} s.`,
    ],
    tables: [runTable(quiet), slowTable(tried), spreadTable(quiet, floors), partedTable(quiet, tried, floors)],
    figures: { falseAlarms, misses },
    ratios: {},
    isBelievable: falseAlarms === 0 && misses === 0,
  };
}

const isOf = (section) => (alarm) => alarm.startsWith(`${section}: `);

function caught({ section, checks }) {
  return checks.filter(({ alarms }) => alarms.some(isOf(section))).length;
}

function runTable(quiet) {
  return {
    title: 'As it is',
    heads: ['run', 'alarms', 'seconds', 'measured twice', 'not quiet'],
    rows: quiet.map(({ alarms, repeated, unrest, seconds }, i) => [
      `${i + 1}`,
      alarms.length,
      Math.round(seconds),
      repeated.join(', '),
      unrest.map((text) => text.split(':', 1)[0]).join(', '),
    ]),
  };
}

function slowTable(tried) {
  return {
    title: 'Slowed down on purpose',
    heads: ['section', 'slowdown', 'caught', 'by'],
    rows: tried.map((one) => [
      one.section,
      one.about,
      `${caught(one)} of ${one.checks.length}`,
      named(one.checks.flatMap(({ alarms }) => alarms.filter(isOf(one.section)))),
    ]),
  };
}

/** The first measures that told it: one slowdown may be seen in forty. */
function named(alarms) {
  const measures = [...new Set(alarms.map((alarm) => alarm.split(': ').slice(1, -1).join(': ')))];
  const more = measures.length - 2;
  return more > 0 ? `${measures.slice(0, 2).join('; ')}; ${more} more` : measures.join('; ');
}

/** What each guarded measure was in the quiet runs, and how far the worst of them stays from its floor. */
function spreadTable(quiet, floors) {
  const rows = Object.entries(floors).flatMap(([section, measures]) =>
    Object.entries(measures).flatMap(([measure, { atLeast, atMost }]) => {
      const values = quiet.map(({ kept }) => valueIn(kept[section], measure)).filter((value) => value !== undefined);
      if (values.length === 0) return [];
      const [least, most] = [Math.min(...values), Math.max(...values)];
      const room = atMost === undefined ? least / atLeast - 1 : 1 - most / atMost;
      const floor = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;
      return [[`${section}: ${measure}`, round(least), round(median(values)), round(most), floor, percent(room)]];
    }),
  );
  return {
    title: 'What stays below or above its floor, and by how much',
    heads: ['', 'least', 'median', 'most', 'floor', 'room'],
    rows,
  };
}

/** The measures that a slowdown moved out of the range that they have without it: between the two a floor parts them. */
function partedTable(quiet, tried, floors) {
  const rows = tried.flatMap(({ section, about, checks }) => {
    const values = (runs, measure) =>
      runs.map(({ kept }) => valueIn(kept[section], measure)).filter((value) => value !== undefined);
    return Object.keys(floors[section] ?? {}).flatMap((measure) => {
      const [own, slowed] = [values(quiet, measure), values(checks, measure)];
      if (own.length === 0 || slowed.length === 0) return [];
      const isUp = Math.min(...slowed) > Math.max(...own);
      const isDown = Math.max(...slowed) < Math.min(...own);
      if (!isUp && !isDown) return [];
      const [edge, beyond] = isUp ? [Math.max(...own), Math.min(...slowed)] : [Math.min(...own), Math.max(...slowed)];
      const { atLeast, atMost } = floors[section][measure];
      return [[`${section}: ${measure}`, about, edge, beyond, round((edge + beyond) / 2), atMost ?? atLeast]];
    });
  });
  return {
    title: 'Where a floor parts the two',
    heads: ['', 'slowdown', 'without it, the worst', 'with it, the best', 'the middle', 'floor'],
    rows,
  };
}

function valueIn(section, measure) {
  return section && { ...section.ratios, ...section.measures }[measure];
}

const percent = (share) => `${Math.round(100 * share)} %`;
