import type { OpenTelemetryApi, OtelContext, OtelSpanContext } from './open-telemetry.js';

/** What the store keeps of a context, in bytes. */
const MAX_BYTES = 1024;
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * The text that carries a context through the store: what the process's propagators inject, as JSON, and a W3C
 * `traceparent` where they inject none. When it is too long (baggage), the `traceparent` alone. `null` without a trace.
 */
export function carrierText(api: OpenTelemetryApi, context: OtelContext): string | null {
  const span = api.trace.getSpanContext(context);
  if (!span || !api.trace.isSpanContextValid(span)) return null;
  const flags = (span.traceFlags & 0xff).toString(16).padStart(2, '0');
  const traceparent = `00-${span.traceId}-${span.spanId}-${flags}`;
  const carrier: Record<string, string> = {};
  api.propagation.inject(context, carrier);
  const text = JSON.stringify({ traceparent, ...carrier });
  return Buffer.byteLength(text) <= MAX_BYTES ? text : JSON.stringify({ traceparent });
}

/** The context that a text carries; one without a trace when it is missing, or not such a text. */
export function contextOf(api: OpenTelemetryApi, text: string | null | undefined): OtelContext {
  const carrier = parse(text);
  const context = api.propagation.extract(api.ROOT_CONTEXT, carrier);
  if (api.trace.getSpanContext(context)) return context;
  const span = remoteSpan(carrier.traceparent);
  return span ? api.trace.setSpanContext(context, span) : context;
}

/** Only what is text in an object of texts: whoever writes to the store could have written anything. */
function parse(text: string | null | undefined): Record<string, string> {
  if (!text) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(Object.entries(value).filter(([, member]) => typeof member === 'string'));
  } catch {
    return {};
  }
}

function remoteSpan(traceparent: string | undefined): OtelSpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (!traceId || !spanId || !flags) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}
