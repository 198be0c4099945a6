import * as api from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

const spanExporter = new InMemorySpanExporter();
const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
let meterProvider: MeterProvider | undefined;

/** Registers an SDK that keeps everything in memory, as an application does at its start. */
export function registerSdk(): void {
  spanExporter.reset();
  metricExporter.reset();
  meterProvider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 3_600_000 })],
  });
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  api.trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spanExporter)] }),
  );
  api.metrics.setGlobalMeterProvider(meterProvider);
}

export async function unregisterSdk(): Promise<void> {
  await meterProvider?.shutdown();
  for (const one of [api.context, api.trace, api.metrics, api.propagation]) one.disable();
}

/** Everything that has ended, the first one first. */
export function endedSpans(): ReadableSpan[] {
  return spanExporter.getFinishedSpans();
}

/** The one span of that name. @throws Error when there is none, or more than one */
export function spanCalled(name: string): ReadableSpan {
  const found = endedSpans().filter((span) => span.name === name);
  const [span] = found;
  if (!span || found.length > 1) {
    throw new Error(`${found.length} spans are called ${name}, of ${endedSpans().map((one) => one.name)}`);
  }
  return span;
}

/** The measurements, by the name of their instrument. */
export async function collectedMetrics(): Promise<Map<string, MetricData>> {
  await meterProvider?.forceFlush();
  const scopes = metricExporter.getMetrics().at(-1)?.scopeMetrics ?? [];
  return new Map(scopes.flatMap(({ metrics }) => metrics).map((metric) => [metric.descriptor.name, metric]));
}

/** Runs the work in a trace of its own, like a request. */
export function inTrace<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  return api.trace.getTracer('test').startActiveSpan(name, async (span) => {
    try {
      return await work();
    } finally {
      span.end();
    }
  });
}
