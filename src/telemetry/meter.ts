import type { Instrument, InstrumentName, Labels, Recorder } from './instruments.js';
import { BUCKETS, INSTRUMENTS } from './instruments.js';
import type { OtelCounter, OtelHistogram, OtelMeter } from './open-telemetry.js';

/** Hands measurements to an OpenTelemetry meter, under the names of `INSTRUMENTS`. */
export class MeterRecorder implements Recorder {
  readonly #counters = new Map<InstrumentName, OtelCounter>();
  readonly #histograms = new Map<InstrumentName, OtelHistogram>();

  constructor(meter: OtelMeter) {
    for (const key of Object.keys(INSTRUMENTS) as InstrumentName[]) {
      const { name, kind, help: description }: Instrument = INSTRUMENTS[key];
      const advice = { explicitBucketBoundaries: [...BUCKETS] };
      if (kind === 'counter') this.#counters.set(key, meter.createCounter(name, { description }));
      else this.#histograms.set(key, meter.createHistogram(name, { description, unit: 's', advice }));
    }
  }

  add(instrument: InstrumentName, labels: Labels, by: number): void {
    this.#counters.get(instrument)?.add(by, labels);
  }

  record(instrument: InstrumentName, labels: Labels, seconds: number): void {
    this.#histograms.get(instrument)?.record(seconds, labels);
  }
}
