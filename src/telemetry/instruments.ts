/** Labels have few values each: never a task, a unit, a holder or the text of an error. */
export type Labels = Readonly<Record<string, string>>;

export interface Instrument {
  /** In the manner of OpenTelemetry; Prometheus has underscores and the unit or `_total` behind. */
  readonly name: string;
  readonly kind: 'counter' | 'histogram';
  readonly help: string;
  /** The labels beside `namespace` that a series has, with all their values: such series exist from the start, at 0. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** Values are known only when they come up. */
  readonly open?: boolean;
}

const HOW = { how: ['settled', 'lost'] } as const;

/** Everything that is counted and timed in this process. Durations are seconds. */
export const INSTRUMENTS = {
  calls: {
    name: 'tusker.calls',
    kind: 'counter',
    help: 'Calls to the store that were answered, by verb and outcome; "error" for those that were not.',
    labels: {},
    open: true,
  },
  granted: {
    name: 'tusker.locks.granted',
    kind: 'counter',
    help: 'Locks that this process was given.',
    labels: {},
  },
  released: {
    name: 'tusker.tasks.released',
    kind: 'counter',
    help: 'Tasks that a call of this process released; those that a sweep released are counted as swept.',
    labels: {},
  },
  swept: {
    name: 'tusker.tasks.swept',
    kind: 'counter',
    help: 'Tasks that sweeps of this process moved on: released, failed, closed or queued again.',
    labels: {},
  },
  late: {
    name: 'tusker.late',
    kind: 'counter',
    help: 'Calls that came after the task took no more of them.',
    labels: { verb: ['open', 'lock', 'close'] },
  },
  stale: {
    name: 'tusker.stale',
    kind: 'counter',
    help: 'Calls of a holder whose lock or claim had ended: nothing was written.',
    labels: { verb: ['unlock', 'fail', 'extend', 'let-go', 'complete', 'fail-claim', 'extend-claim', 'give-back'] },
  },
  expired: {
    name: 'tusker.expired',
    kind: 'counter',
    help: 'Locks and attempts that sweeps of this process ended because their time was over.',
    labels: { kind: ['lock', 'attempt'] },
  },
  fanIn: {
    name: 'tusker.fan_in.duration',
    kind: 'histogram',
    help: 'From the creation of a task, by its first lock or by open, to its release.',
    labels: {},
  },
  releaseLatency: {
    name: 'tusker.release.latency',
    kind: 'histogram',
    help: 'From the release of a task to its first claim.',
    labels: {},
  },
  processing: {
    name: 'tusker.processing.duration',
    kind: 'histogram',
    help: 'How long this process held a claim: one attempt.',
    labels: HOW,
  },
  lock: {
    name: 'tusker.lock.duration',
    kind: 'histogram',
    help: 'How long this process held a lock.',
    labels: HOW,
  },
} as const satisfies Record<string, Instrument>;
export type InstrumentName = keyof typeof INSTRUMENTS;

/** Upper bounds in seconds: from a fast unit to a task that waits for an hour. */
export const BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600,
];

/** Where measurements go. */
export interface Recorder {
  /** Adds to a counter. */
  add(instrument: InstrumentName, labels: Labels, by: number): void;
  /** One duration, in seconds. */
  record(instrument: InstrumentName, labels: Labels, seconds: number): void;
}
