import { contextOf } from './carrier.js';
import { measure } from './measuring.js';
import { MeterRecorder } from './meter.js';
import type { OpenTelemetryApi, OtelContext } from './open-telemetry.js';
import { Spans } from './spans.js';
import { Subscriptions } from './subscribing.js';

/** Tusker under OpenTelemetry, from now on. */
export interface Instrumentation {
  /**
   * The context that came with a claim or a unit (their `context`): for work that is not done by `work`.
   *
   * @example
   * for await (const claim of songs.claims()) await api.context.with(contextOf(claim.context), () => merge(claim))
   */
  contextOf(text: string | null): OtelContext;
  /** Makes no more spans and measurements. Safe to repeat. */
  stop(): void;
}

/**
 * Spans and metrics of everything that tusker does in this process, to the tracer and meter providers that the
 * application has registered. Contexts travel through the store: what processes a task belongs to the trace of what
 * closed it, and is linked to the traces of its units. Instrument once: each instrumentation makes its own spans.
 *
 * @param api what `import * as api from '@opentelemetry/api'` gives, 1.9 or later
 * @example
 * import * as api from '@opentelemetry/api'
 * const instrumentation = instrument(api)
 */
export function instrument(api: OpenTelemetryApi): Instrumentation {
  const subscriptions = new Subscriptions((error) => api.diag.error('tusker: telemetry failed', error));
  new Spans(api, api.trace.getTracer('tusker')).follow(subscriptions);
  measure(subscriptions, new MeterRecorder(api.metrics.getMeter('tusker')));
  return {
    contextOf: (text) => contextOf(api, text),
    stop: () => subscriptions.end(),
  };
}
