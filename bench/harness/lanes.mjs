/** Does `work(0)` … `work(count − 1)`, so many at once. */
export async function inLanes(count, width, work) {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, lane));
}
