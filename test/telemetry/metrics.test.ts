import { afterEach, describe, expect, test } from 'vitest';
import type { Measurable, Metrics } from '../../src/telemetry/index.js';
import { metrics } from '../../src/telemetry/index.js';
import { inMemory, withClock } from '../tuskers.js';
import { promtoolSays } from './promtool.js';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function measured(first: Measurable, ...others: Measurable[]): Metrics {
  const collector = metrics(first, ...others);
  stops.push(collector.stop);
  return collector;
}

/** The series that are not 0, by name and labels. */
async function values({ text }: Metrics): Promise<Record<string, number>> {
  const lines = (await text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const series = lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))] as const);
  return Object.fromEntries(series.filter(([, value]) => value !== 0));
}

/** One task after the other, through everything that is counted. */
async function eventful() {
  const { tusker, clock } = withClock();
  const songs = tusker.namespace('songs');
  const collector = measured(songs);
  const lock = await songs.lock('song', 1);
  await songs.lock('song', 2);
  clock.advance(2000);
  await lock.unlock('a');
  await songs.close('song', { expect: 2 });
  clock.advance(58_000);
  await songs.sweep();
  await songs.run('song', 2, () => 'b');
  await songs.tryLock('song', 3);
  clock.advance(500);
  const claim = await songs.fetchReleased({ lease: 1000 });
  clock.advance(1000);
  await songs.sweep();
  await claim?.complete('stale').catch(() => {});
  await songs.cancel('song');
  await songs.close('other');
  const other = await songs.fetchReleased();
  await other?.complete('merged');
  return { songs, collector };
}

describe('metrics', () => {
  test('are what promtool takes, without a word of complaint', async () => {
    const { collector } = await eventful();
    expect(promtoolSays(await collector.text())).toBe('');
    expect(promtoolSays('tusker_broken{')).not.toBe('');
  });

  test('count what has happened', async () => {
    const { collector } = await eventful();
    const of = await values(collector);
    const labels = 'namespace="songs"';
    expect(of).toMatchObject({
      [`tusker_up{${labels}}`]: 1,
      [`tusker_tasks_completed_total{${labels}}`]: 1,
      [`tusker_tasks_failed_total{${labels}}`]: 1,
      [`tusker_dead_letters{${labels}}`]: 1,
      [`tusker_dead_letters_unacknowledged{${labels}}`]: 1,
      [`tusker_locks_granted_total{${labels}}`]: 3,
      [`tusker_tasks_released_total{${labels}}`]: 2,
      [`tusker_late_total{${labels},verb="lock"}`]: 1,
      [`tusker_stale_total{${labels},verb="complete"}`]: 1,
      [`tusker_expired_total{${labels},kind="lock"}`]: 1,
      [`tusker_expired_total{${labels},kind="attempt"}`]: 1,
      [`tusker_calls_total{${labels},verb="lock",outcome="locked"}`]: 3,
      [`tusker_calls_total{${labels},verb="lock",outcome="late"}`]: 1,
      [`tusker_calls_total{${labels},verb="unlock",outcome="done"}`]: 2,
      [`tusker_calls_total{${labels},verb="claim",outcome="claimed"}`]: 2,
      [`tusker_calls_total{${labels},verb="cancel",outcome="cancelled"}`]: 1,
    });
  });

  test('time the fan-in and the release by the clock of the store, in seconds', async () => {
    const { collector } = await eventful();
    // The first task was created 60 s before its release and claimed 0.5 s after it; the second one at once.
    expect(await values(collector)).toMatchObject({
      'tusker_fan_in_duration_seconds_sum{namespace="songs"}': 60,
      'tusker_fan_in_duration_seconds_count{namespace="songs"}': 2,
      'tusker_fan_in_duration_seconds_bucket{namespace="songs",le="30"}': 1,
      'tusker_fan_in_duration_seconds_bucket{namespace="songs",le="60"}': 2,
      'tusker_release_latency_seconds_sum{namespace="songs"}': 0.5,
      'tusker_release_latency_seconds_bucket{namespace="songs",le="0.25"}': 1,
      'tusker_release_latency_seconds_bucket{namespace="songs",le="+Inf"}': 2,
    });
  });

  test('time the fan-in once, however many attempts there are', async () => {
    const { tusker, clock } = withClock();
    const collector = measured(tusker);
    await tusker.close('song', { backoff: { base: 1000, factor: 1, max: 1000, jitter: 0 } });
    await (await tusker.fetchReleased())?.fail(new Error('broken'));
    clock.advance(1000);
    await (await tusker.fetchReleased())?.complete();
    expect(await values(collector)).toMatchObject({
      'tusker_fan_in_duration_seconds_count{namespace="default"}': 1,
      'tusker_release_latency_seconds_count{namespace="default"}': 1,
      'tusker_processing_duration_seconds_count{namespace="default",how="settled"}': 2,
    });
  });

  test('time locks and attempts by the clock of this process', async () => {
    const songs = inMemory().namespace('songs');
    const collector = measured(songs);
    await songs.run('song', 1, () => new Promise((resolve) => setTimeout(resolve, 30, 'a')));
    await songs.close('song');
    await (await songs.fetchReleased())?.complete();
    const of = await values(collector);
    expect(of['tusker_lock_duration_seconds_sum{namespace="songs",how="settled"}']).toBeGreaterThan(0.025);
    expect(of['tusker_lock_duration_seconds_bucket{namespace="songs",how="settled",le="0.025"}']).toBeUndefined();
    expect(of['tusker_lock_duration_seconds_count{namespace="songs",how="settled"}']).toBe(1);
    expect(of['tusker_processing_duration_seconds_count{namespace="songs",how="settled"}']).toBe(1);
  });

  test('show the tasks by state', async () => {
    const songs = inMemory().namespace('songs');
    await songs.open('open');
    await songs.lock('locked', 1);
    await songs.close('locked');
    for (const task of ['one', 'two', 'three']) await songs.close(task);
    await songs.fetchReleased();
    expect(await values(measured(songs))).toMatchObject({
      'tusker_tasks{namespace="songs",state="open"}': 1,
      'tusker_tasks{namespace="songs",state="locked"}': 1,
      'tusker_tasks{namespace="songs",state="released"}': 2,
      'tusker_tasks{namespace="songs",state="processing"}': 1,
    });
  });

  test('name no task, no unit, no holder and no error', async () => {
    const tusker = inMemory({ holder: 'secret-holder' });
    const collector = measured(tusker);
    await tusker
      .run('secret-task', 'secret-unit', () => {
        throw new Error('secret-error');
      })
      .catch(() => {});
    const text = await collector.text();
    expect(text).toContain('tusker_calls_total{namespace="default",verb="fail",outcome="failed"} 1');
    expect(text).not.toContain('secret');
  });

  test('have every series of known labels from the start, at 0', async () => {
    const text = await measured(inMemory()).text();
    expect(text).toContain('tusker_late_total{namespace="default",verb="close"} 0\n');
    expect(text).toContain('tusker_lock_duration_seconds_bucket{namespace="default",how="lost",le="+Inf"} 0\n');
    expect(promtoolSays(text)).toBe('');
  });

  test('hold the given namespaces only, each by its name', async () => {
    const tusker = inMemory();
    const [songs, films] = [tusker.namespace('songs'), tusker.namespace('films')];
    const collector = measured(songs, films);
    await tusker.open('x');
    await songs.open('x');
    await films.open('x');
    const text = await collector.text();
    expect(text.match(/tusker_calls_total\{.*/g)).toEqual([
      'tusker_calls_total{namespace="songs",verb="open",outcome="opened"} 1',
      'tusker_calls_total{namespace="films",verb="open",outcome="opened"} 1',
    ]);
  });

  test('keep their form whatever a namespace is called', async () => {
    const odd = inMemory().namespace('a"b\\c d{e="f"}');
    const collector = measured(odd);
    await odd.open('x');
    const text = await collector.text();
    expect(text).toContain('tusker_tasks{namespace="a\\"b\\\\c d{e=\\"f\\"}",state="open"} 1\n');
    expect(promtoolSays(text)).toBe('');
  });

  test('of a store that does not answer say so, and the rest stands', async () => {
    const songs = inMemory().namespace('songs');
    const gone = inMemory().namespace('gone');
    await gone.stop();
    const text = await measured(songs, gone).text();
    expect(text).toContain('tusker_up{namespace="songs"} 1\ntusker_up{namespace="gone"} 0\n');
    expect(text).not.toContain('tusker_tasks{namespace="gone"');
    expect(promtoolSays(text)).toBe('');
  });

  test('of two namespaces of one name are refused', () => {
    const songs = inMemory().namespace('songs');
    expect(() => metrics(songs, songs)).toThrow(/namespaces/);
  });

  test('stop counting when they are stopped', async () => {
    const tusker = inMemory();
    const collector = measured(tusker);
    await tusker.open('one');
    collector.stop();
    collector.stop();
    await tusker.open('two');
    expect(await values(collector)).toMatchObject({
      'tusker_calls_total{namespace="default",verb="open",outcome="opened"}': 1,
      'tusker_tasks{namespace="default",state="open"}': 2,
    });
  });
});

describe('the handler', () => {
  test('answers a GET with the text and its type', async () => {
    const { handler, text } = measured(inMemory());
    const response = await handler(new Request('http://127.0.0.1/metrics'));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toBe(await text());
  });

  test('answers a HEAD without a body and refuses to be written to', async () => {
    const { handler } = measured(inMemory());
    const ask = (method: string) => handler(new Request('http://127.0.0.1/metrics', { method }));
    expect([(await ask('HEAD')).status, await (await ask('HEAD')).text()]).toEqual([200, '']);
    expect([(await ask('POST')).status, (await ask('POST')).headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});
