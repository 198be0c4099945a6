import type { Stats } from '../index.js';
import { InvalidArgumentError } from '../index.js';
import { measure } from './measuring.js';
import { CONTENT_TYPE, family, labelText, PrometheusRecorder } from './prometheus.js';
import { Subscriptions } from './subscribing.js';

/** A namespace, as far as it is measured: any `Tusker`. */
export interface Measurable {
  readonly name: string;
  stats(): Promise<Stats>;
}

/** Measures namespaces from now on. */
export interface Metrics {
  /** Everything in the text format of Prometheus. Never rejects: a store that does not answer has `tusker_up` 0. */
  text(): Promise<string>;
  /** The same for a `GET`, whatever its path: mounts wherever a `(Request) => Promise<Response>` does. */
  readonly handler: (request: Request) => Promise<Response>;
  /** Measures no more. Safe to repeat. */
  stop(): void;
}

/**
 * Metrics of the given namespaces for Prometheus. Gauges of tasks and the counts of completed and failed ones come from
 * the store, equal in every process; all else is what this process did, to be summed over processes. No label names a
 * task, a unit, a holder or an error.
 *
 * @throws InvalidArgumentError when two of them have the same name: their series could not be told apart
 * @example
 * const { handler } = metrics(tusker, songs)
 * Deno.serve(handler)   // or app.get('/metrics', (c) => handler(c.req.raw))
 */
export function metrics(...namespaces: readonly [Measurable, ...Measurable[]]): Metrics {
  const names = namespaces.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new InvalidArgumentError('namespaces', twice, 'namespaces of different names');
  const recorder = new PrometheusRecorder(names);
  const subscriptions = new Subscriptions(() => {});
  measure(subscriptions, recorder, (namespace) => names.includes(namespace));
  const text = async (): Promise<string> => (await storeText(namespaces)) + recorder.text();
  return {
    text,
    stop: () => subscriptions.end(),
    handler: async ({ method }) => {
      if (method !== 'GET' && method !== 'HEAD')
        return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } });
      const headers = { 'content-type': CONTENT_TYPE, 'cache-control': 'no-store' };
      return new Response(method === 'HEAD' ? null : await text(), { headers });
    },
  };
}

const STATES = ['open', 'locked', 'released', 'delayed', 'processing'] as const;

type Seen = readonly [labels: string, stats: Stats | undefined];

async function storeText(namespaces: readonly Measurable[]): Promise<string> {
  const seen = await Promise.all(
    namespaces.map(async (one): Promise<Seen> => {
      const labels = labelText({ namespace: one.name });
      return [labels, await one.stats().catch(() => undefined)];
    }),
  );
  const of = (key: keyof Stats) => seen.flatMap(([labels, stats]) => (stats ? [[labels, stats[key]] as const] : []));
  const byState = STATES.flatMap((state) => of(state).map(([labels, n]) => [`${labels},state="${state}"`, n] as const));
  const up = seen.map(([labels, stats]) => [labels, stats ? 1 : 0] as const);
  return [
    family('tusker_up', 'gauge', 'Whether the store answered when it was asked for these metrics.', up),
    family('tusker_tasks', 'gauge', 'Tasks that have not ended, by state; delayed ones wait for a moment.', byState),
    family('tusker_tombstones', 'gauge', 'Records of completed tasks that are kept.', of('tombstones')),
    family('tusker_dead_letters', 'gauge', 'Failed tasks that are kept and can be retried.', of('deadLetters')),
    family(
      'tusker_dead_letters_unacknowledged',
      'gauge',
      'Failed tasks that no consumer of dead letters has acknowledged.',
      of('unacknowledged'),
    ),
    family('tusker_tasks_completed_total', 'counter', 'Tasks completed, ever, by anybody.', of('completed')),
    family('tusker_tasks_failed_total', 'counter', 'Tasks failed, ever, by anybody.', of('failed')),
  ].join('');
}
