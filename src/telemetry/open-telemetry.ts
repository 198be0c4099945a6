/**
 * The part of `@opentelemetry/api` (1.9 and later) that is used here, by structure: the package is handed in by whoever
 * has it, so nothing depends on it.
 */

/** Opaque: made, passed on and read by the API alone. */
export interface OtelContext {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): OtelContext;
  deleteValue(key: symbol): OtelContext;
}
export interface OtelSpanContext {
  traceId: string;
  spanId: string;
  traceFlags: number;
  isRemote?: boolean;
}
type Attributes = Record<string, string | number | boolean>;
export interface OtelLink {
  context: OtelSpanContext;
}
export interface OtelSpan {
  spanContext(): OtelSpanContext;
  setAttribute(key: string, value: string | number): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  recordException(error: Error): void;
  addLink(link: OtelLink): unknown;
  end(): void;
}
export interface OtelSpanOptions {
  kind?: number;
  attributes?: Attributes;
  links?: OtelLink[];
  startTime?: Date;
  root?: boolean;
}
export interface OtelTracer {
  startSpan(name: string, options: OtelSpanOptions, context: OtelContext): OtelSpan;
}
export interface OtelMeter {
  createCounter(name: string, options: { description: string }): OtelCounter;
  createHistogram(
    name: string,
    options: { description: string; unit: string; advice: { explicitBucketBoundaries: number[] } },
  ): OtelHistogram;
}
export interface OtelCounter {
  add(value: number, attributes: Attributes): void;
}
export interface OtelHistogram {
  record(value: number, attributes: Attributes): void;
}

/** What `import * as api from '@opentelemetry/api'` gives. */
export interface OpenTelemetryApi {
  readonly ROOT_CONTEXT: OtelContext;
  readonly context: {
    active(): OtelContext;
    with<T>(context: OtelContext, work: () => T): T;
  };
  readonly trace: {
    getTracer(name: string): OtelTracer;
    getSpan(context: OtelContext): OtelSpan | undefined;
    getSpanContext(context: OtelContext): OtelSpanContext | undefined;
    setSpan(context: OtelContext, span: OtelSpan): OtelContext;
    setSpanContext(context: OtelContext, span: OtelSpanContext): OtelContext;
    isSpanContextValid(span: OtelSpanContext): boolean;
  };
  readonly propagation: {
    inject(context: OtelContext, carrier: Record<string, string>): void;
    extract(context: OtelContext, carrier: Record<string, string>): OtelContext;
  };
  readonly metrics: { getMeter(name: string): OtelMeter };
  readonly diag: { error(message: string, ...details: unknown[]): void };
}
