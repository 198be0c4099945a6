import type { StoreReader } from '../index.js';
import { Activity } from './activity.js';
import type { DashboardNamespace } from './reader.js';
import { Refusal } from './refusal.js';

/** A namespace with what the dashboard keeps beside it. */
export interface Watched {
  readonly verbs: DashboardNamespace;
  readonly reader: StoreReader;
  readonly activity: Activity;
  readonly clock: StoreClock;
}

/** The store's clock, as far as its answers have told it; before that, the clock of this process. */
export class StoreClock {
  #ahead = 0;

  learn(now: number): number {
    this.#ahead = now - Date.now();
    return now;
  }

  get now(): number {
    return Date.now() + this.#ahead;
  }
}

/** The namespaces that are shown, by name. */
export class Namespaces {
  readonly #watched: ReadonlyMap<string, Watched>;

  constructor(namespaces: readonly DashboardNamespace[]) {
    this.#watched = new Map(
      namespaces.map((verbs) => {
        const { reader } = verbs;
        return [verbs.name, { verbs, reader, activity: new Activity(reader), clock: new StoreClock() }];
      }),
    );
  }

  get names(): string[] {
    return [...this.#watched.keys()];
  }

  get(name: string): Watched {
    const watched = this.#watched.get(name);
    if (!watched) throw new Refusal(404, 'NAMESPACE_NOT_FOUND', 'This dashboard shows no namespace of that name.');
    return watched;
  }

  stop(): void {
    for (const { activity } of this.#watched.values()) activity.stop();
  }
}
