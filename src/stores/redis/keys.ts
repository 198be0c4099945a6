import { SLOTS, slotOf } from './clients/slot.js';

/**
 * The names of all keys. Those of one shard share a hash tag, and so a slot of a Cluster; the name of a task never
 * stands inside the braces.
 */
const SHARD_KEYS = [
  'tasks',
  'events',
  'marker',
  'open',
  'locked',
  'released',
  'delayed',
  'processing',
  'completed',
  'failed',
  'removed',
  'infos',
  'claims',
  'ended-claims',
  'shortfalls',
] as const;
/** So many of the first keys are all that locks and unlocks mostly touch. */
const FEW_SHARD_KEYS = 6;
type ShardKey = (typeof SHARD_KEYS)[number];

/** The keys of one slice of a namespace. */
export class ShardKeys {
  /** In the order in which the functions take them. */
  readonly all: readonly string[];
  readonly few: readonly string[];
  readonly #base: string;

  constructor(tag: string) {
    this.#base = `tusker:{${tag}}:`;
    this.all = SHARD_KEYS.map((name) => this.#base + name);
    this.few = this.all.slice(0, FEW_SHARD_KEYS);
  }

  key(name: ShardKey): string {
    return this.#base + name;
  }

  /**
   * The outstanding units of a task, its done ones, their results, what else is its own, and the failed and expired units by
   * their ends.
   */
  task(name: string): [string, string, string, string, string] {
    return [...this.fewOfTask(name), `${this.#base}x:${name}`, `${this.#base}e:${name}`];
  }

  /** The first three of those. */
  fewOfTask(name: string): [string, string, string] {
    const base = this.#base;
    return [`${base}o:${name}`, `${base}d:${name}`, `${base}r:${name}`];
  }
}

/** The key that holds how many shards a namespace has. */
export function shardCountKey(namespace: string): string {
  return `tusker:{${escapeTag(namespace)}}:shards`;
}

/**
 * The shards of a namespace, spread evenly over the slots: masters of a Cluster serve ranges of slots, so each gets its
 * part of the shards.
 */
export function shardsOf(namespace: string, count: number): ShardKeys[] {
  return Array.from({ length: count }, (_, index) => new ShardKeys(tagOf(escapeTag(namespace), index, count)));
}

function tagOf(name: string, index: number, count: number): string {
  if (count === 1) return name;
  const width = SLOTS / count;
  for (let attempt = 0; ; attempt++) {
    const tag = `${name}/${index}.${attempt}`;
    if (Math.floor(slotOf(tag) / width) === index) return tag;
  }
}

/** Braces would end or begin a hash tag. */
function escapeTag(name: string): string {
  return name.replace(/[%{}]/g, (character) => encodeURIComponent(character));
}

/** Which of `count` shards keeps the task: FNV-1a over its UTF-16 code units, the same on every machine. */
export function shardIndex(task: string, count: number): number {
  if (count === 1) return 0;
  let hash = 0x811c9dc5;
  for (let i = 0; i < task.length; i++) hash = Math.imul(hash ^ task.charCodeAt(i), 0x01000193);
  // The low bits of the hash alone are poor.
  hash ^= hash >>> 15;
  return (hash >>> 0) % count;
}
