/** `all()` on every store: a list that is run again, another one, failures, and several processes at once. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import type { ItemsFailedError } from '../../src/index.js';
import { GROUNDS } from './all-grounds.js';

const upper = vi.fn((item: string) => item.toUpperCase());
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe.each(Object.entries(GROUNDS))('on %s', (_name, ground) => {
  test('other items are other units: results of those that stood in their places before are not theirs', async () => {
    const tusker = (await ground())();
    const failing = (item: string) => (item === 'c' ? Promise.reject(new Error('third')) : item);
    await expect(tusker.all('doc', ['a', 'b', 'c'], failing, { concurrency: 1 })).rejects.toThrow('third');
    upper.mockClear();
    expect(await tusker.all('doc', ['x', 'b', 'z'], upper)).toEqual(['X', 'b', 'Z']);
    expect(upper.mock.calls.map(([item]) => item)).toEqual(['x', 'z']);
  });

  test.each([3, 1001])('%i items that are done are given again, without work', async (count) => {
    const peer = await ground();
    const items = numbers(count);
    const first = await peer().all('doc', items, (n) => ({ n }), { concurrency: 500 });
    expect(first).toEqual(items.map((n) => ({ n })));
    const work = vi.fn();
    expect(await peer().all('doc', items, work)).toEqual(first);
    expect(work).not.toHaveBeenCalled();
  });

  test.each([3, 1001])(
    '%i items that differ from the closed ones are refused by code, and nothing is done',
    async (count) => {
      const tusker = (await ground())();
      await tusker.all('doc', numbers(count), (n) => n, { concurrency: 500 });
      const work = vi.fn((n: number) => n);
      const others = [...numbers(count).slice(1), -1];
      await expect(tusker.all('doc', others, work)).rejects.toMatchObject({ code: 'ITEMS_DIFFER', task: 'doc' });
      expect(work).not.toHaveBeenCalled();
      expect(await tusker.all('doc', numbers(count), work)).toEqual(numbers(count));
    },
  );

  test('as many items, too many to be named, are said to be as many', async () => {
    const tusker = (await ground())();
    await tusker.all('doc', numbers(1001), (n) => n, { concurrency: 500 });
    const others = tusker.all('doc', [...numbers(1000), -1], (n) => n);
    await expect(others).rejects.toThrow('closed with other items: as many, 1001, but not the same.');
    const fewer = tusker.all('doc', numbers(1000), (n) => n);
    await expect(fewer).rejects.toThrow('closed with other items: 1001 of them, 1000 are given.');
  });

  test('items that differ are a new run where the caller says so, and that is resumed, too', async () => {
    const tusker = (await ground())();
    await tusker.all('doc', ['a'], upper);
    const restart = { whenItemsDiffer: 'restart', concurrency: 1 } as const;
    const broken = (item: string) => (item === 'c' ? Promise.reject(new Error('no')) : item);
    const failed = await tusker.all('doc', ['a', 'b', 'c'], broken, restart).catch((error: ItemsFailedError) => error);
    const { task } = failed as ItemsFailedError;
    expect(task).toMatch(/^doc~[0-9a-f]{16}$/);
    await tusker.cancel(task);
    upper.mockClear();
    expect(await tusker.all('doc', ['a', 'b', 'c'], upper, restart)).toEqual(['a', 'b', 'C']);
    expect(await tusker.all('doc', ['a', 'b', 'c'], upper, restart)).toEqual(['a', 'b', 'C']);
    expect(await tusker.all('doc', ['a'], upper, restart)).toEqual(['A']);
    expect(upper.mock.calls.map(([item]) => item)).toEqual(['c']);
  });

  test('keys name the items: their order and what else is in them does not matter', async () => {
    const tusker = (await ground())();
    const key = ({ id }: { id: number }) => id;
    const items = [1, 2, 3].map((id) => ({ id, at: 1 }));
    await tusker.all('doc', items, ({ id }) => id * 2, { key });
    const work = vi.fn();
    const again = [...items].reverse().map((item) => ({ ...item, at: 2 }));
    expect(await tusker.all('doc', again, work, { key })).toEqual([6, 4, 2]);
    expect(work).not.toHaveBeenCalled();
  });

  test.each([3, 1001])(
    'with `settled` %i items all come to an end, the task completes, and a rerun says the same',
    async (count) => {
      const peer = await ground();
      const failing = (n: number) => (n % 3 === 1 ? Promise.reject(new TypeError(`no ${n}`)) : n);
      const tusker = peer();
      const first = await tusker.all('doc', numbers(count), failing, { settled: true, concurrency: 500 });
      expect(first.map(({ status }) => status)).toEqual(
        numbers(count).map((n) => (n % 3 === 1 ? 'rejected' : 'fulfilled')),
      );
      expect((await tusker.explain('doc')).state).toBe('completed');
      const work = vi.fn();
      const again = await peer().all('doc', numbers(count), work, { settled: true });
      expect(again).toEqual(first);
      expect(again[1]).toMatchObject({ reason: expect.any(Error) });
      await expect(peer().all('doc', numbers(count), work)).rejects.toMatchObject({ code: 'ITEMS_FAILED' });
      expect(work).not.toHaveBeenCalled();
    },
  );

  test.each([false, true])('three processes share the work, and each gets the whole (settled: %s)', async (settled) => {
    const peer = await ground();
    const calls: number[] = [];
    const work = async (n: number) => {
      calls.push(n);
      for (let turns = 0; turns < 20; turns++) await turn();
      if (settled && n % 5 === 0) throw new Error(`no ${n}`);
      return n;
    };
    const all = () => peer().all('doc', numbers(30), work, { settled, concurrency: 3, onProgress: () => {} });
    const [one, two, three] = await Promise.all([all(), all(), all()]);
    expect(one).toHaveLength(30);
    expect([two, three]).toEqual([one, one]);
    expect(calls.sort((a, b) => a - b)).toEqual(numbers(30));
  });

  test('a task that was cancelled or never closed is resumed', async () => {
    const peer = await ground();
    const tusker = peer({ idleTimeout: 40 });
    const calls: string[] = [];
    const work = (item: string) => {
      calls.push(item);
      if (calls.length === 2) throw new Error('no');
      return item;
    };
    await expect(tusker.all('doc', ['a', 'b', 'c'], work, { concurrency: 1 })).rejects.toThrow('no');
    await tusker.cancel('doc', 'by mistake');
    expect((await tusker.explain('doc')).state).toBe('failed');
    calls.push('again');
    await expect(
      tusker.all('doc', ['a', 'b', 'c'], (item) => (item === 'c' ? Promise.reject(new Error('no')) : work(item))),
    ).rejects.toThrow('no');
    await vi.waitFor(async () => {
      await tusker.sweep();
      expect((await tusker.explain('doc')).detail.failure).toBe('never-closed');
    }, 10_000);
    expect(await tusker.all('doc', ['a', 'b', 'c'], work)).toEqual(['a', 'b', 'c']);
    expect(calls).toEqual(['a', 'b', 'again', 'b', 'c']);
  });
});
