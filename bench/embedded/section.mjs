import { growth } from './growth.mjs';
import { pairs } from './pairs.mjs';
import { fairness, waking } from './processes.mjs';

/** The stores that need no server. */
export async function embedded(settings) {
  const { quick } = settings;
  const parts = [];
  for (const measure of quick ? [pairs, fairness] : [pairs, growth, fairness, waking])
    parts.push(await measure(settings));
  return {
    title: 'Embedded stores',
    notes: [
      'Bare transactions do the same writes by prepared statements, one transaction a call, without rules or answers.',
    ],
    tables: parts.map(({ title, heads, rows }) => ({ title, heads, rows })),
    figures: Object.fromEntries(parts.map(({ title, figures }) => [title, figures])),
    ratios: Object.assign({}, ...parts.map(({ ratios }) => ratios)),
  };
}
