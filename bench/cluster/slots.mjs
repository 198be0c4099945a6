/** In how many slots of a Cluster there are keys, by master. */
export function usedSlots(nodes) {
  return Promise.all(nodes.map(({ admin }) => usedSlotsOf(admin)));
}

async function usedSlotsOf(admin) {
  const slots = new Set();
  let cursor = '0';
  do {
    const [next, keys] = await admin.scan(cursor, 'COUNT', 1000);
    cursor = next;
    const pipeline = admin.pipeline();
    for (const key of keys) pipeline.cluster('KEYSLOT', key);
    for (const [, slot] of await pipeline.exec()) slots.add(slot);
  } while (cursor !== '0');
  return slots.size;
}
