import { OwnConnections } from './own-connections.js';
import type { Place } from './place.js';

/** What adapters have in common whose client leads to one server, wherever that is now. */
export abstract class OneServer {
  protected readonly own: OwnConnections;

  constructor(
    client: ConstructorParameters<typeof OwnConnections>[0],
    protected readonly place: Place,
  ) {
    this.own = new OwnConnections(client, 'end');
  }

  serverOf(): string {
    return '';
  }

  placeName(): string {
    return this.place.name;
  }

  async masters(): Promise<readonly string[]> {
    return [''];
  }

  async lookAgain(): Promise<void> {}

  async close(): Promise<void> {
    this.own.close();
  }
}
