import type { RedisClient, RedisConnection } from './clients/redis-client.js';
import type { Attempt, Contact } from './contact.js';

/** The same client, each of whose connections is told of. */
export class WatchedClient implements RedisClient {
  readonly #client: RedisClient;
  readonly #contact: Contact;

  constructor(client: RedisClient, contact: Contact) {
    this.#client = client;
    this.#contact = contact;
  }

  get library(): string {
    return this.#client.library;
  }

  get isCluster(): boolean {
    return this.#client.isCluster;
  }

  serverOf(key: string, redirection?: string): string | Promise<string> {
    const name = this.#client.placeName();
    try {
      const named = this.#client.serverOf(key, redirection);
      return typeof named === 'string' ? named : this.#found(named, this.#contact.begins(name));
    } catch (error) {
      this.#contact.lost(name, error);
      throw error;
    }
  }

  /** Whoever leads to the server is asked first, as in a Cluster. */
  async #found(finding: Promise<string>, attempt: Attempt | undefined): Promise<string> {
    try {
      const server = await finding;
      attempt?.found();
      return server;
    } catch (error) {
      attempt?.failed(error);
      throw error;
    }
  }

  placeName(server?: string): string {
    return this.#client.placeName(server);
  }

  masters(): Promise<readonly string[]> {
    return this.#client.masters();
  }

  lookAgain(key: string): Promise<void> {
    return this.#client.lookAgain(key);
  }

  async connect(key: string, server?: string): Promise<RedisConnection> {
    const attempt = this.#contact.begins(this.#client.placeName(server));
    try {
      const connection = await this.#client.connect(key, server);
      attempt?.made(connection);
      return connection;
    } catch (error) {
      attempt?.failed(error);
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
