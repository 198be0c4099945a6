import { setTimeout as sleep } from 'node:timers/promises';

/** Each when the former is through and the machine has come to rest. */
export async function oneAtATime(count, work) {
  for (let i = 0; i < count; i++) {
    await work(i);
    await sleep(1 + 2 * Math.random());
  }
}

/**
 * So many a second, each at its time whether or not the former are through: a slow contender gets no easier load. Resolves
 * when all are.
 */
export async function openLoop(count, rate, work) {
  const start = performance.now();
  const running = [];
  let begun = 0;
  while (begun < count) {
    const due = Math.floor(((performance.now() - start) * rate) / 1000) + 1;
    for (; begun < Math.min(due, count); begun++) running.push(work(begun));
    await sleep(Math.max(1, start + (begun * 1000) / rate - performance.now()));
  }
  await Promise.all(running);
}
