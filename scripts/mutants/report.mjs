// What a run of the patches has shown, as text, and whether it is good enough.
const ENOUGH = 0.95;

const isCaught = ({ verdict }) => verdict === 'caught' || verdict === 'timed out';

/** A line for a patch that was tried. */
export function lineOf(result) {
  const { patch, verdict, ms, test, by, why } = result;
  const where = test ? `  ${test}${by ? `: ${by}` : ''}` : '';
  const line = `${verdict.padEnd(9)} ${seconds(ms)}  ${patch.area}/${patch.name}${where}`;
  return verdict === 'broken' ? `${line}\n${indented(why ?? '')}` : line;
}

/** A table by area, and each patch that was not caught. */
export function summaryOf(results) {
  const areas = [...new Set(results.map(({ patch }) => patch.area))];
  const rows = areas.map((area) =>
    row(
      area,
      results.filter(({ patch }) => patch.area === area),
    ),
  );
  const lines = [row('area'), ...rows, row('all', results)].map((cells) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(12) : cell.padStart(10))).join(''),
  );
  const others = results.filter((result) => !isCaught(result)).map(survivorOf);
  const outdated = results
    .filter((result) => isCaught(result) && result.patch.survives)
    .map(({ patch }) => `${patch.name} is said to survive, and was caught: its explanation is out of date`);
  return ['', ...lines, '', ...others, ...outdated].join('\n');
}

function row(area, results) {
  if (!results) return [area, 'caught', 'timed out', 'survived', 'broken', 'of all'];
  const count = (wanted) => String(results.filter(({ verdict }) => verdict === wanted).length);
  const share = (100 * results.filter(isCaught).length) / results.length;
  return [area, ...['caught', 'timed out', 'survived', 'broken'].map(count), `${share.toFixed(1)} %`];
}

function survivorOf({ patch, verdict }) {
  const word = verdict === 'broken' ? 'broken, shows nothing' : 'survived';
  return `${word}: ${patch.area}/${patch.name}\n  breaks: ${patch.promise}\n  why: ${patch.survives ?? 'not explained'}`;
}

/** What makes the run fail, a line each. */
export function failuresOf(results) {
  const failures = [];
  const caught = results.filter(isCaught).length;
  if (caught < ENOUGH * results.length) failures.push(`${caught} of ${results.length} were caught, less than 95 %`);
  const broken = results.filter(({ verdict }) => verdict === 'broken').length;
  if (broken > 0) failures.push(`${broken} did not compile or load`);
  const bare = results.filter(({ verdict, patch }) => verdict === 'survived' && !patch.survives).length;
  if (bare > 0) failures.push(`${bare} survived without an explanation`);
  return failures;
}

export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`.padStart(7);
}

function indented(text) {
  return text
    .trim()
    .split('\n')
    .slice(0, 12)
    .map((line) => `    ${line}`)
    .join('\n');
}
