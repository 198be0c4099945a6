import * as api from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import { DataPointType } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Instrumentation } from '../../src/telemetry/index.js';
import { instrument } from '../../src/telemetry/index.js';
import { withClock } from '../tuskers.js';
import { collectedMetrics, registerSdk, unregisterSdk } from './open-telemetry.js';

let instrumentation: Instrumentation;
beforeEach(() => {
  registerSdk();
  instrumentation = instrument(api);
});
afterEach(async () => {
  instrumentation.stop();
  await unregisterSdk();
});

/** The points of a metric: labels, and the count or the sum of its values. */
function points(metric: MetricData | undefined): unknown[] {
  if (metric?.dataPointType === DataPointType.HISTOGRAM) {
    return metric.dataPoints.map(({ attributes, value }) => [attributes, value.sum]);
  }
  return metric?.dataPoints.map(({ attributes, value }) => [attributes, value]) ?? [];
}

test('the same counters and histograms are OpenTelemetry metrics', async () => {
  const { tusker, clock } = withClock();
  const songs = tusker.namespace('songs');
  const lock = await songs.lock('song', 1);
  await songs.lock('song', 2);
  clock.advance(60_000);
  await songs.sweep();
  await songs.run('song', 2, () => 'b');
  await lock.fail(new Error('secret')).catch(() => {});
  await songs.run('song', 1, () => 'a');
  await songs.close('song');
  clock.advance(2000);
  await (await songs.fetchReleased())?.complete();
  await songs.tryLock('song', 3);

  const metrics = await collectedMetrics();
  const namespace = 'songs';
  expect(points(metrics.get('tusker.fan_in.duration'))).toEqual([[{ namespace }, 60]]);
  expect(points(metrics.get('tusker.release.latency'))).toEqual([[{ namespace }, 2]]);
  expect(points(metrics.get('tusker.locks.granted'))).toEqual([[{ namespace }, 4]]);
  expect(points(metrics.get('tusker.tasks.released'))).toEqual([[{ namespace }, 1]]);
  expect(points(metrics.get('tusker.late'))).toEqual([[{ namespace, verb: 'lock' }, 1]]);
  expect(points(metrics.get('tusker.expired'))).toEqual([[{ namespace, kind: 'lock' }, 2]]);
  expect(metrics.get('tusker.lock.duration')?.descriptor.unit).toBe('s');
  expect(metrics.get('tusker.processing.duration')?.dataPoints).toHaveLength(1);
  expect(JSON.stringify([...metrics.values()])).not.toMatch(/song"|secret/);
});
