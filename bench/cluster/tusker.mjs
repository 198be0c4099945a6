import { Cluster } from 'ioredis';
import { createTusker, redisStore } from '../harness/subject.mjs';
import { pairContender } from '../per-unit/load.mjs';
import { pairsOf } from '../per-unit/tusker.mjs';

/** Over a Cluster with so many shards. `ports` are those of its masters. */
export async function open({ ports, shards }) {
  const connect = async () => {
    const cluster = new Cluster(ports.map((port) => ({ host: '127.0.0.1', port })));
    return pairsOf(createTusker({ store: redisStore(cluster, { shards }) }), () => cluster.disconnect());
  };
  return pairContender(connect)({ ports });
}
