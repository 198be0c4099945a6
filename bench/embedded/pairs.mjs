import { withContenders } from '../harness/contender.mjs';
import { cheapestRatio, interleaved, ratio, summary } from '../harness/measure.mjs';
import { ranged } from '../harness/table.mjs';
import { temporaryFolder } from '../harness/temporary-folder.mjs';

const MODES = ['NORMAL', 'FULL'];
const MEMORY = 'memory';

/** Each store in a process of its own, beside bare transactions. */
export async function pairs({ rounds, seconds }) {
  const folder = temporaryFolder();
  const file = new URL('pair-contender.mjs', import.meta.url);
  const entries = { [MEMORY]: [file, {}] };
  for (const synchronous of MODES) {
    entries[`SQLite ${synchronous}`] = [file, { path: folder.file(`${synchronous}.db`), synchronous }];
    entries[`bare ${synchronous}`] = [file, { path: folder.file(`bare-${synchronous}.db`), synchronous, isBare: true }];
  }
  try {
    return await withContenders(entries, async (contenders) => {
      const measure = ([name, contender]) => [name, () => contender.ask('pairs', seconds)];
      return report(await interleaved(Object.fromEntries(Object.entries(contenders).map(measure)), rounds));
    });
  } finally {
    folder.remove();
  }
}

function report(measured) {
  const of = (name, what) => measured[name].map((figure) => figure[what]);
  const ratios = {};
  for (const mode of MODES) {
    const [own, bare] = [`SQLite ${mode}`, `bare ${mode}`];
    ratios[`${own}, pairs/s ÷ bare transactions`] = ratio(of(own, 'rate'), of(bare, 'rate'));
    ratios[`${own}, CPU per pair ÷ bare transactions`] = cheapestRatio(of(own, 'cpu'), of(bare, 'cpu'));
  }
  ratios['memory, CPU per pair ÷ bare transactions NORMAL'] = cheapestRatio(
    of(MEMORY, 'cpu'),
    of('bare NORMAL', 'cpu'),
  );
  const figures = {};
  const rows = Object.keys(measured).map((name) => {
    const [rate, cpu] = [summary(of(name, 'rate')), summary(of(name, 'cpu'))];
    figures[name] = { rate, cpu };
    const timesBare = ratios[`${name}, pairs/s ÷ bare transactions`] ?? '';
    return [name, ranged(rate), timesBare, cpu.median];
  });
  return {
    title: 'Units locked and unlocked, one process, 1000 in flight over 50 tasks',
    heads: ['store', 'pairs/s: median (range)', '× bare', 'CPU, µs a pair'],
    rows,
    figures,
    ratios,
  };
}
