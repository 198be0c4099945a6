import { shardsOf } from '../harness/subject.mjs';

/** The numbers of a namespace's shards that another master than this one keeps. */
export async function shardsBesides({ admin, port }, namespace, count) {
  const all = shardsOf(namespace, count);
  const slots = await Promise.all(all.map((shard) => admin.cluster('KEYSLOT', shard.key('tasks'))));
  const ranges = await admin.cluster('SLOTS');
  const owner = (slot) => ranges.find(([from, to]) => slot >= from && slot <= to)[2][1];
  return new Set(slots.flatMap((slot, index) => (owner(slot) === port ? [] : [index])));
}
