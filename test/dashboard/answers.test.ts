import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type {
  ChangeAnswer,
  OverviewAnswer,
  PreviewAnswer,
  TaskAnswer,
  TasksAnswer,
  UnitAnswer,
  UnitsAnswer,
} from '../../src/dashboard/wire.js';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { memoryStore } from '../../src/stores/embedded/memory.js';
import { ManualClock } from '../../src/testing/index.js';
import { Asking } from './asking.js';
import { playScene } from './scene.js';
import type { Opened } from './stores.js';
import { STORES } from './stores.js';

describe.each(Object.entries(STORES))('over %s', (_, open) => {
  let store: Opened;
  let tusker: Tusker;
  let asking: Asking;
  beforeEach(async () => {
    store = await open();
    tusker = store.tusker;
    asking = new Asking({ tusker, readOnly: false });
  });
  afterEach(async () => {
    asking.handler.stop();
    await store[Symbol.asyncDispose]();
  });

  test('the overview counts, and says what the oldest waits for', async () => {
    await tusker.lock('stream-42', 'chunk-19', { holder: 'web-3' });
    await tusker.close('stream-42');
    await tusker.close('empty');
    const { stats, oldest, events } = await asking.get<OverviewAnswer>('overview');
    expect(stats).toMatchObject({ locked: 1, released: 1, open: 0 });
    expect(oldest[0]).toMatchObject({
      task: 'stream-42',
      shelf: 'locked',
      waitsFor: [{ what: 'lock', unit: 'chunk-19', holder: 'web-3', count: 1 }],
    });
    expect(oldest[1]).toMatchObject({ task: 'empty', shelf: 'released', waitsFor: [{ what: 'worker' }] });
    expect(events.map(({ kind, task }) => `${task} ${kind}`)).toContain('stream-42 closed');
  });

  test('pages go through every task of a state once', async () => {
    const names = Array.from({ length: 125 }, (_, index) => `song-${index}`);
    await Promise.all(names.map((name) => tusker.open(name)));
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: TasksAnswer = await asking.get('tasks', { state: 'open', cursor, limit: '50' });
      expect(page.tasks.length).toBeLessThanOrEqual(50);
      seen.push(...page.tasks.map(({ task }) => task));
      cursor = page.cursor;
    }
    expect([...seen].sort()).toEqual([...names].sort());
  });

  test('pages without a state go through all states', async () => {
    await tusker.open('an-open-one');
    await tusker.close('a-released-one');
    await tusker.lock('a-locked-one', 1);
    await tusker.close('a-locked-one');
    const first = await asking.get<TasksAnswer>('tasks', { limit: '2' });
    const second = await asking.get<TasksAnswer>('tasks', { limit: '2', cursor: first.cursor ?? '' });
    const shelves = [...first.tasks, ...second.tasks].map(({ shelf }) => shelf);
    expect(shelves).toEqual(['locked', 'released', 'open']);
    expect(second.cursor).toBeNull();
  });

  test('a search finds a part of the name in any case, and goes on where it stopped', async () => {
    await Promise.all(Array.from({ length: 30 }, (_, index) => tusker.open(`Song-${index}`)));
    await Promise.all(Array.from({ length: 30 }, (_, index) => tusker.open(`film-${index}`)));
    const first = await asking.get<TasksAnswer>('tasks', { q: 'sONG', limit: '20' });
    const second = await asking.get<TasksAnswer>('tasks', { q: 'sONG', limit: '20', cursor: first.cursor ?? '' });
    const found = [...first.tasks, ...second.tasks].map(({ task }) => task);
    expect(new Set(found).size).toBe(30);
    expect(found.every((name) => name.startsWith('Song-'))).toBe(true);
    expect(second.cursor).toBeNull();
  });

  test('the task of exactly the searched name comes first', async () => {
    await Promise.all(Array.from({ length: 60 }, (_, index) => tusker.open(`song-1${index}`)));
    await tusker.open('song-1');
    const { tasks } = await asking.get<TasksAnswer>('tasks', { q: 'song-1' });
    expect(tasks[0]?.task).toBe('song-1');
    expect(tasks.filter(({ task }) => task === 'song-1')).toHaveLength(1);
  });

  test('a task is told with its info, its errors and its events', async () => {
    await tusker.run('song', 1, () => ({ key: 'one' }));
    await tusker.close('song', { info: { room: 7 }, attempts: 3, backoff: 0 });
    const claim = await tusker.fetchReleased({ worker: 'merge-1', timeout: 20_000 });
    await claim?.fail(new RangeError('no such codec'));
    const answer = await asking.get<TaskAnswer>('task', { task: 'song' });
    expect(answer.row).toMatchObject({ task: 'song', attempt: 1, units: { done: 1 } });
    expect(answer.info).toEqual({ text: '{"room":7}', bytes: 10, isWhole: true });
    expect(answer.errors).toMatchObject([{ attempt: 1, worker: 'merge-1' }]);
    expect(answer.errors[0]?.error.text).toContain('no such codec');
    expect(answer.events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['created', 'closed', 'released', 'claimed', 'attempt-failed']),
    );
  });

  test('units come in natural order, each with its holder and its times; one is told with its result', async () => {
    for (const unit of [10, 2, 1]) await tusker.run('song', unit, () => ({ part: unit }), { holder: `web-${unit}` });
    await tusker.lock('song', 3, { holder: 'web-3' });
    const units = await asking.get<UnitsAnswer>('units', { task: 'song' });
    expect(units.names).toEqual(['1', '2', '3', '10']);
    expect(units.states).toEqual(['done', 'done', 'locked', 'done']);
    expect(units.holder.map((index) => units.holders[index])).toEqual(['web-1', 'web-2', 'web-3', 'web-10']);
    expect(units.endedAt[2]).toBeNull();
    const unit = await asking.get<UnitAnswer>('unit', { task: 'song', unit: '10' });
    expect(unit).toMatchObject({ state: 'done', result: { text: '{"part":10}' }, error: null });
  });

  test('a long payload is told by its beginning, and downloaded byte for byte', async () => {
    const info = { long: 'é'.repeat(100_000) };
    await tusker.close('song', { info });
    const { info: told } = await asking.get<TaskAnswer>('task', { task: 'song' });
    expect(told).toMatchObject({ isWhole: false, bytes: 200_011 });
    expect(told?.text.length).toBeLessThan(20_000);
    const whole = await asking.raw('/api/payload?namespace=songs&task=song&part=info');
    expect(await whole.json()).toEqual(info);
    expect(whole.headers.get('content-disposition')).toBe('attachment; filename="info.json"');
  });

  test('each action does what its verb does', async () => {
    await tusker.open('to-cancel');
    await tusker.open('to-release');
    const meant = async (task: string) => {
      const { row } = await asking.get<TaskAnswer>('task', { task });
      return [{ task, incarnation: row.incarnation }];
    };
    const done = async (action: string, task: string, more = {}) => {
      const response = await asking.change({ action, targets: await meant(task), ...more });
      return ((await response.json()) as ChangeAnswer).outcomes[0];
    };
    expect(await done('cancel', 'to-cancel', { reason: 'wrong song' })).toMatchObject({
      outcome: 'cancelled',
      isDone: true,
    });
    expect((await tusker.explain('to-cancel')).detail).toMatchObject({ state: 'failed', reason: 'wrong song' });
    expect(await done('retry', 'to-cancel')).toMatchObject({ outcome: 'retried', isDone: true });
    expect((await tusker.explain('to-cancel')).state).toBe('open');
    expect(await done('release', 'to-release')).toMatchObject({ outcome: 'released', isDone: true });
    expect((await tusker.explain('to-release')).state).toBe('released');
    await done('cancel', 'to-release');
    expect(await done('remove', 'to-release')).toMatchObject({ outcome: 'removed', isDone: true });
    await expect(tusker.explain('to-release')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  });

  test('a preview touches nothing; its targets are what a change touches, and no others', async () => {
    for (const name of ['song-1', 'song-2', 'film-1']) {
      await tusker.open(name);
      await tusker.cancel(name);
    }
    const { targets, more } = await asking.get<PreviewAnswer>('preview', { action: 'retry', q: 'song' });
    expect({ names: targets.map(({ task }) => task).sort(), more }).toEqual({
      names: ['song-1', 'song-2'],
      more: false,
    });
    expect((await tusker.stats()).deadLetters).toBe(3);
    await tusker.open('song-3');
    await tusker.cancel('song-3');
    const response = await asking.change({ action: 'retry', targets });
    const { outcomes } = (await response.json()) as ChangeAnswer;
    expect(outcomes.every(({ isDone }) => isDone)).toBe(true);
    expect((await tusker.explain('song-3')).state).toBe('failed');
    expect((await tusker.explain('film-1')).state).toBe('failed');
  });

  test('a preview offers an action only for states in which it has an effect', async () => {
    await tusker.open('song');
    expect(await asking.get<PreviewAnswer>('preview', { action: 'retry', state: 'open' })).toEqual({
      targets: [],
      more: false,
    });
    const cancels = await asking.get<PreviewAnswer>('preview', { action: 'cancel', state: 'open' });
    expect(cancels.targets).toMatchObject([{ task: 'song', shelf: 'open' }]);
  });

  test('a task that has moved on since the preview is left alone', async () => {
    await tusker.open('song');
    const { targets } = await asking.get<PreviewAnswer>('preview', { action: 'cancel', state: 'open' });
    await tusker.close('song');
    const response = await asking.change({ action: 'cancel', targets });
    expect(await response.json()).toMatchObject({ outcomes: [{ task: 'song', outcome: 'changed', isDone: false }] });
    expect((await tusker.explain('song')).state).toBe('released');
  });

  test('another task of the same name is left alone', async () => {
    await tusker.open('song');
    const { row } = await asking.get<TaskAnswer>('task', { task: 'song' });
    const targets = [
      { task: 'song', incarnation: row.incarnation + 1 },
      { task: 'never', incarnation: 1 },
    ];
    const response = await asking.change({ action: 'cancel', targets });
    expect(await response.json()).toMatchObject({ outcomes: [{ outcome: 'changed' }, { outcome: 'not-found' }] });
  });

  test('a poll that brings nothing new is answered without a body', async () => {
    await tusker.open('song');
    const path = '/api/tasks?namespace=songs';
    const first = await asking.raw(path);
    const etag = first.headers.get('etag') ?? '';
    expect((await asking.raw(path, { headers: { 'if-none-match': etag } })).status).toBe(304);
    await tusker.open('another');
    expect((await asking.raw(path, { headers: { 'if-none-match': etag } })).status).toBe(200);
  });
});

describe('what the overview makes of a quarter of an hour', () => {
  const clock = new ManualClock();
  const root = createTusker({ store: memoryStore({ clock }) });
  const tusker = root.namespace('songs') as Tusker;
  const asking = new Asking({ tusker });
  beforeEach(async () => {
    if ((await tusker.stats()).completed === 0) await playScene(tusker, clock);
  });
  afterEach(() => asking.handler.stop());

  test('charts count every completion and failure once', async () => {
    const { charts, stats } = await asking.get<OverviewAnswer>('overview', { range: '1h' });
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    expect(sum(charts.completed)).toBe(stats.completed);
    expect(sum(charts.failed)).toBe(stats.failed);
    expect(charts.completed).toHaveLength(60);
  });

  test('release latency is the time from close to release', async () => {
    const { charts } = await asking.get<OverviewAnswer>('overview', { range: '1h' });
    const { p50, p95, max, count } = charts.stages.release;
    expect(count).toBeGreaterThan(100);
    expect(p50).toBeLessThanOrEqual(p95 ?? 0);
    // The scene closes its songs at most 2.4 s before their last unit ends.
    expect(max).toBeLessThanOrEqual(2400);
    expect(p50).toBeGreaterThan(500);
  });

  test('alerts: what failed, what waits long and for what, what no worker takes', async () => {
    const { alerts } = await asking.get<OverviewAnswer>('overview');
    expect(alerts).toContainEqual(expect.objectContaining({ kind: 'failed', count: 3 }));
    expect(alerts).toContainEqual(
      expect.objectContaining({
        kind: 'waiting',
        task: 'stream-42',
        waitsFor: [expect.objectContaining({ unit: 'chunk-19', holder: 'web-3' })],
      }),
    );
  });

  test('alerts: that nobody sweeps', async () => {
    clock.advance(60_000);
    const { alerts } = await asking.get<OverviewAnswer>('overview');
    expect(alerts[0]).toMatchObject({ kind: 'overdue', task: expect.any(String) });
    await tusker.sweep();
    const swept = await asking.get<OverviewAnswer>('overview');
    expect(swept.alerts.filter(({ kind }) => kind === 'overdue')).toEqual([]);
  });
});
