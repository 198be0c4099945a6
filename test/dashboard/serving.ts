import { afterEach, beforeAll } from 'vitest';
import type { ServeOptions } from '../../src/dashboard/index.js';
import type { Tusker } from '../../src/index.js';
import type { Built } from './build.js';
import { builtDashboard } from './build.js';
import type { Opened } from './stores.js';
import { STORES } from './stores.js';

/** Dashboards as the package ships them, each on a free port over a store that its test has anew. */
export class Serving {
  #built: Built | undefined;
  readonly #after: (() => Promise<void>)[] = [];

  constructor() {
    beforeAll(async () => {
      this.#built = await builtDashboard();
    });
    afterEach(async () => {
      for (const end of this.#after.splice(0).reverse()) await end();
    });
  }

  async store(name: string): Promise<Tusker> {
    const open = STORES[name];
    if (!open) throw new Error(`There is no store ${name}.`);
    const opened: Opened = await open();
    this.#after.push(async () => opened[Symbol.asyncDispose]());
    return opened.tusker;
  }

  /** Gives the address, with a slash at its end. */
  async serve(options: ServeOptions): Promise<string> {
    if (!this.#built) throw new Error('The dashboard is built in a test only.');
    const served = await this.#built.dashboard.serveDashboard({ port: 0, ...options });
    this.#after.push(() => served.close());
    return served.url;
  }
}
