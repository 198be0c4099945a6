import type { Instrument, InstrumentName, Labels, Recorder } from './instruments.js';
import { BUCKETS, INSTRUMENTS } from './instruments.js';

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** One series of a histogram: how many values fell into each bucket alone, and in all. */
interface Distribution {
  readonly counts: number[];
  sum: number;
  count: number;
}

/** Keeps measurements in this process and writes them in the text format of Prometheus. */
export class PrometheusRecorder implements Recorder {
  readonly #counters = new Map<InstrumentName, Map<string, number>>();
  readonly #histograms = new Map<InstrumentName, Map<string, Distribution>>();

  /** Series whose labels are known exist from the start: a rate over them has no gap before the first event. */
  constructor(namespaces: readonly string[]) {
    for (const name of Object.keys(INSTRUMENTS) as InstrumentName[]) {
      const instrument: Instrument = INSTRUMENTS[name];
      if (instrument.kind === 'counter') this.#counters.set(name, new Map());
      if (instrument.open) continue;
      for (const labels of combinations(namespaces, instrument)) {
        if (instrument.kind === 'counter') this.add(name, labels, 0);
        else this.#distribution(name, labels);
      }
    }
  }

  add(instrument: InstrumentName, labels: Labels, by: number): void {
    const series = entry(this.#counters, instrument, () => new Map<string, number>());
    const key = labelText(labels);
    series.set(key, (series.get(key) ?? 0) + by);
  }

  record(instrument: InstrumentName, labels: Labels, seconds: number): void {
    const distribution = this.#distribution(instrument, labels);
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    const index = bucket === -1 ? BUCKETS.length : bucket;
    distribution.counts[index] = (distribution.counts[index] ?? 0) + 1;
    distribution.sum += seconds;
    distribution.count++;
  }

  #distribution(instrument: InstrumentName, labels: Labels): Distribution {
    const series = entry(this.#histograms, instrument, () => new Map<string, Distribution>());
    const make = () => ({ counts: new Array<number>(BUCKETS.length + 1).fill(0), sum: 0, count: 0 });
    return entry(series, labelText(labels), make);
  }

  text(): string {
    const counters = [...this.#counters].map(([name, series]) => {
      const { name: dotted, help } = INSTRUMENTS[name];
      return family(`${underscored(dotted)}_total`, 'counter', help, [...series]);
    });
    const histograms = [...this.#histograms].map(([name, series]) => histogramFamily(INSTRUMENTS[name], series));
    return [...counters, ...histograms].join('');
  }
}

function histogramFamily({ name: dotted, help }: Instrument, series: ReadonlyMap<string, Distribution>): string {
  const name = `${underscored(dotted)}_seconds`;
  const lines = [...series].flatMap(([labels, { counts, sum, count }]) => {
    let below = 0;
    const buckets = counts.map((inBucket, index) => {
      below += inBucket;
      return `${name}_bucket{${labels},le="${BUCKETS[index] ?? '+Inf'}"} ${below}\n`;
    });
    return [...buckets, `${name}_sum{${labels}} ${sum}\n`, `${name}_count{${labels}} ${count}\n`];
  });
  return header(name, 'histogram', help) + lines.join('');
}

/** A family of counters or gauges, as text: each value with its labels. */
export function family(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  series: readonly (readonly [labels: string, value: number])[],
): string {
  return header(name, type, help) + series.map(([labels, value]) => `${name}{${labels}} ${value}\n`).join('');
}

function header(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

/** Labels as they stand between braces; backslash, quote and newline are escaped. */
export function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`))}"`)
    .join(',');
}

function underscored(name: string): string {
  return name.replaceAll('.', '_');
}

function combinations(namespaces: readonly string[], { labels }: Instrument): Labels[] {
  return Object.entries(labels).reduce<Labels[]>(
    (all, [label, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [label]: value }))),
    namespaces.map((namespace) => ({ namespace })),
  );
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
