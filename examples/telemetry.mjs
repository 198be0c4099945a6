// A task of three units under OpenTelemetry, with exporters in memory; shows the traces and a few of the metrics.
// node examples/telemetry.mjs
import * as api from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { createTusker } from 'tusker';
import { instrument, metrics } from 'tusker/telemetry';

// What an application does once, at its start. NodeSDK from @opentelemetry/sdk-node does the same.
const exporter = new InMemorySpanExporter();
api.context.setGlobalContextManager(new AsyncLocalStorageContextManager());
api.trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));

const instrumentation = instrument(api);
const songs = createTusker('memory:').namespace('songs');
const { text, stop } = metrics(songs);

// Each request has a trace of its own, as a web framework would give it.
const tracer = api.trace.getTracer('shop');
const request = (name, work) => tracer.startActiveSpan(name, (span) => work().finally(() => span.end()));

const worker = songs.work(async ({ results }) => ({ parts: await results() }));
for (const n of [1, 2, 3]) {
  await request('PUT /songs/:id/:n', () => songs.run('song-1', n, async () => `part-${n}.mp3`));
}
await request('POST /songs/:id/close', () => songs.close('song-1', { expect: 3 }));
await songs.result('song-1', { timeout: 10_000 });
await worker.stop();

// The trees of spans: who is whose parent, and what is linked to it.
const spans = exporter.getFinishedSpans();
const links = ({ links }) => (links.length > 0 ? `  ← linked to ${links.length}` : '');
const show = (span, depth) => {
  console.log(`${'  '.repeat(depth)}${span.name}${links(span)}`);
  for (const child of spans) if (child.parentSpanContext?.spanId === span.spanContext().spanId) show(child, depth + 1);
};
for (const span of spans) if (!span.parentSpanContext) show(span, 0);

console.log();
console.log(
  (await text())
    .match(/^tusker_(locks_granted_total|tasks_completed_total|fan_in_duration_seconds_count).*/gm)
    .join('\n'),
);

stop();
instrumentation.stop();
await songs.stop();
