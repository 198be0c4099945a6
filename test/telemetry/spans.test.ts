import * as api from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FatalError } from '../../src/index.js';
import type { Instrumentation } from '../../src/telemetry/index.js';
import { instrument } from '../../src/telemetry/index.js';
import { inMemory, onOneFile, withClock } from '../tuskers.js';
import { endedSpans, inTrace, registerSdk, spanCalled, unregisterSdk } from './open-telemetry.js';

let instrumentation: Instrumentation;
beforeEach(() => {
  registerSdk();
  instrumentation = instrument(api);
});
afterEach(async () => {
  instrumentation.stop();
  await unregisterSdk();
});

const idOf = (span: ReadableSpan): string => span.spanContext().spanId;
const parentOf = (span: ReadableSpan): string | undefined => span.parentSpanContext?.spanId;
const linksOf = (span: ReadableSpan): string[] => span.links.map(({ context }) => context.spanId).sort();

/** Units in traces of their own, a close in another, and a worker in another "process" that merges. */
async function fanIn(units = 2): Promise<void> {
  const [here, there] = onOneFile();
  const [senders, mergers] = [here.namespace('songs'), there.namespace('songs')];
  for (let n = 1; n <= units; n++) await inTrace(`put ${n}`, () => senders.run('song', n, () => `part ${n}`));
  await inTrace('finish', () => senders.close('song'));
  const worker = mergers.work(async ({ results }) => inTrace('merge', async () => (await results()).length));
  expect(await mergers.result('song', { timeout: 10_000 })).toBe(units);
  await worker.stop();
}

describe('the trace of a fan-in', () => {
  test('has the lock, the work and the unlock of a unit below what asked for them', async () => {
    await fanIn(1);
    const request = spanCalled('put 1');
    for (const name of ['lock songs', 'run songs', 'unlock songs']) {
      expect([name, parentOf(spanCalled(name))]).toEqual([name, idOf(request)]);
    }
  });

  test('has what the function of run does below its span', async () => {
    await inMemory().run('song', 1, () => inTrace('encode', async () => 'a'));
    expect(parentOf(spanCalled('encode'))).toBe(idOf(spanCalled('run default')));
  });

  test('goes through the store: the merge belongs to the trace of the close', async () => {
    await fanIn();
    const [close, process] = [spanCalled('close songs'), spanCalled('process songs')];
    expect(parentOf(close)).toBe(idOf(spanCalled('finish')));
    expect(parentOf(process)).toBe(idOf(close));
    expect(process.spanContext().traceId).toBe(spanCalled('finish').spanContext().traceId);
    expect(process.parentSpanContext?.isRemote).toBe(true);
  });

  test('links the merge to the close and to each unit that it has read', async () => {
    await fanIn(3);
    const sent = endedSpans().filter(({ name }) => name === 'unlock songs' || name === 'close songs');
    expect(sent).toHaveLength(4);
    expect(linksOf(spanCalled('process songs'))).toEqual(sent.map(idOf).sort());
  });

  test('has what the handler does, and the settling, below the merge', async () => {
    await fanIn();
    const process = idOf(spanCalled('process songs'));
    expect([parentOf(spanCalled('merge')), parentOf(spanCalled('complete songs'))]).toEqual([process, process]);
  });

  test('has a receive span of its own, linked to the close', async () => {
    await fanIn();
    const receive = spanCalled('claim songs');
    expect(parentOf(receive)).toBeUndefined();
    expect(linksOf(receive)).toEqual([idOf(spanCalled('close songs'))]);
  });

  test('keeps at most 128 links, however many units there are', async () => {
    await fanIn(140);
    const { links, droppedLinksCount } = spanCalled('process songs');
    expect([links.length, droppedLinksCount]).toEqual([128, 0]);
  });
});

describe('spans follow the conventions for messaging:', () => {
  const { CLIENT, CONSUMER, INTERNAL, PRODUCER } = api.SpanKind;

  test.each([
    ['lock songs', CLIENT, undefined],
    ['run songs', INTERNAL, undefined],
    ['unlock songs', PRODUCER, 'send'],
    ['close songs', PRODUCER, 'send'],
    ['claim songs', CLIENT, 'receive'],
    ['process songs', CONSUMER, 'process'],
    ['complete songs', CLIENT, 'settle'],
  ])('%s', async (name, kind, type) => {
    await fanIn(1);
    const span = spanCalled(name);
    expect(span.kind).toBe(kind);
    expect(span.attributes).toMatchObject({
      'messaging.system': 'tusker',
      'messaging.operation.name': name.split(' ')[0],
      'messaging.destination.name': 'songs',
      'messaging.message.conversation_id': 'song',
    });
    expect(span.attributes['messaging.operation.type']).toBe(type);
  });

  test('a unit is a message, an attempt has its number, an answer its word', async () => {
    await fanIn(1);
    expect(spanCalled('unlock songs').attributes).toMatchObject({
      'messaging.message.id': '1',
      'tusker.outcome': 'done',
    });
    expect(spanCalled('process songs').attributes).toMatchObject({ 'tusker.attempt': 1 });
    expect(spanCalled('claim songs').attributes).toMatchObject({ 'messaging.batch.message_count': 1 });
  });

  test('no name holds a task, a unit, a holder or an error', async () => {
    const tusker = inMemory({ holder: 'secret-holder' });
    const broken = tusker.run('secret-task', 'secret-unit', () => {
      throw new Error('secret-error');
    });
    await expect(broken).rejects.toThrow();
    await tusker.close('secret-task');
    expect(endedSpans().map(({ name }) => name)).toEqual([
      'lock default',
      'run default',
      'fail default',
      'close default',
    ]);
  });
});

describe('failures', () => {
  test('of the work make its span an error, by code or class', async () => {
    const tusker = inMemory();
    await tusker.run('song', 1, () => Promise.reject(new RangeError('too loud'))).catch(() => {});
    const span = spanCalled('run default');
    expect(span.status).toEqual({ code: api.SpanStatusCode.ERROR });
    expect(span.attributes['error.type']).toBe('RangeError');
    expect(span.events[0]?.attributes).toMatchObject({ 'exception.message': 'too loud' });
  });

  test('of an attempt show in the process span, and its settling is "fail-claim"', async () => {
    const tusker = inMemory();
    const worker = tusker.work(() => {
      throw new FatalError('never again');
    });
    await tusker.close('song');
    await expect(tusker.result('song')).rejects.toMatchObject({ code: 'TASK_FAILED' });
    await worker.stop();
    expect(spanCalled('process default').attributes['error.type']).toBe('FATAL');
    const settle = spanCalled('fail-claim default');
    expect(settle.attributes).toMatchObject({ 'messaging.operation.type': 'settle', 'tusker.outcome': 'failed' });
    expect(parentOf(settle)).toBe(idOf(spanCalled('process default')));
  });

  test('a stale holder is an error, a unit that is held is not', async () => {
    const { tusker, clock } = withClock();
    const lock = await tusker.lock('song', 1);
    await tusker.tryLock('song', 1);
    clock.advance(60_000);
    await tusker.lock('song', 1);
    await lock.unlock().catch(() => {});
    const outcomes = endedSpans().map(({ name, status, attributes }) => [
      name,
      attributes['tusker.outcome'],
      status.code,
    ]);
    const { ERROR, UNSET } = api.SpanStatusCode;
    expect(outcomes).toEqual([
      ['lock default', 'locked', UNSET],
      ['lock default', 'held', UNSET],
      ['lock default', 'locked', UNSET],
      ['unlock default', 'lost', ERROR],
    ]);
  });
});

describe('where there is no trace to continue', () => {
  test('a task that closed itself is processed in a trace of its own', async () => {
    const { tusker, clock } = withClock();
    await tusker.open('song', { closeAfter: 1000 });
    clock.advance(1000);
    await tusker.sweep();
    const worker = inTrace('start-up', async () => tusker.work(() => 'merged'));
    await tusker.result('song');
    await (await worker).stop();
    expect(parentOf(spanCalled('process default'))).toBeUndefined();
  });

  test('a context that is none is taken for none', () => {
    const texts = [null, '', 'nonsense', '[]', '"text"', '{"traceparent":7}', '{"traceparent":"00-0-0-00"}'];
    for (const text of texts) {
      expect(api.trace.getSpanContext(instrumentation.contextOf(text))).toBeUndefined();
    }
  });

  test('without a registered SDK everything goes on and nothing is stored', async () => {
    await unregisterSdk();
    instrumentation.stop();
    instrumentation = instrument(api);
    const tusker = inMemory();
    expect(await tusker.run('song', 1, () => 'a')).toBe('a');
    await tusker.close('song');
    expect((await tusker.fetchReleased())?.context).toBeNull();
  });
});

describe('contexts', () => {
  /** A propagator of the application's own. */
  const tenantPropagator: api.TextMapPropagator = {
    inject: (context, carrier, setter) => {
      const { value = '' } = api.propagation.getBaggage(context)?.getEntry('tenant') ?? {};
      setter.set(carrier, 'x-tenant', value);
    },
    extract: (context, carrier, getter) => {
      const value = String(getter.get(carrier, 'x-tenant') ?? '');
      return api.propagation.setBaggage(context, api.propagation.createBaggage({ tenant: { value } }));
    },
    fields: () => ['x-tenant'],
  };
  const asTenant = (value: string): api.Context =>
    api.propagation.setBaggage(api.context.active(), api.propagation.createBaggage({ tenant: { value } }));

  test('carry what the propagators of the application put in', async () => {
    api.propagation.setGlobalPropagator(tenantPropagator);
    const tusker = inMemory();
    const worker = tusker.work(() => api.propagation.getBaggage(api.context.active())?.getEntry('tenant')?.value);
    await api.context.with(asTenant('blue'), () => tusker.close('song'));
    expect(await tusker.result('song')).toBe('blue');
    await worker.stop();
    expect(parentOf(spanCalled('process default'))).toBe(idOf(spanCalled('close default')));
  });

  test('hand propagators texts only, whatever was stored', () => {
    api.propagation.setGlobalPropagator(tenantPropagator);
    const tenantIn = (text: string) =>
      api.propagation.getBaggage(instrumentation.contextOf(text))?.getEntry('tenant')?.value;
    expect([tenantIn('{"x-tenant":"7"}'), tenantIn('{"x-tenant":7}')]).toEqual(['7', '']);
  });

  test('that are too large are carried without it: the trace goes on', async () => {
    api.propagation.setGlobalPropagator(tenantPropagator);
    const tusker = inMemory();
    const worker = tusker.work(() => api.propagation.getBaggage(api.context.active())?.getEntry('tenant')?.value);
    await api.context.with(asTenant('b'.repeat(2000)), () => tusker.close('song'));
    expect(await tusker.result('song')).toBe('');
    await worker.stop();
    expect(parentOf(spanCalled('process default'))).toBe(idOf(spanCalled('close default')));
  });

  test('come with a claim that is fetched by hand', async () => {
    const tusker = inMemory();
    await tusker.close('song');
    const claim = await tusker.fetchReleased();
    await api.context.with(instrumentation.contextOf(claim?.context ?? null), () => inTrace('by hand', async () => {}));
    expect(parentOf(spanCalled('by hand'))).toBe(idOf(spanCalled('close default')));
  });
});

test('an instrumentation that was stopped makes no more spans', async () => {
  instrumentation.stop();
  instrumentation.stop();
  await inMemory().run('song', 1, () => 'a');
  expect(endedSpans()).toEqual([]);
});

test('an SDK that throws harms nobody: its error goes to the diagnostics of OpenTelemetry', async () => {
  const errors: unknown[] = [];
  const ignore = (): void => {};
  const logger = { error: (_: string, error: unknown) => errors.push(error), warn: ignore, info: ignore };
  api.diag.setLogger({ ...logger, debug: ignore, verbose: ignore });
  api.propagation.setGlobalPropagator({
    inject: () => {
      throw new Error('a broken propagator');
    },
    extract: (context) => context,
    fields: () => [],
  });
  const tusker = inMemory();
  await tusker.close('song');
  expect((await tusker.fetchReleased())?.task).toBe('song');
  expect(errors).toEqual([new Error('a broken propagator')]);
  api.diag.disable();
});
