import type { DashboardOptions } from '../../src/dashboard/index.js';
import { dashboard } from '../../src/dashboard/index.js';

export const HOST = 'http://localhost:8875';

/** A dashboard without a network, asked as a browser on its own page would. */
export class Asking {
  readonly handler: ReturnType<typeof dashboard>;

  constructor(options: DashboardOptions) {
    this.handler = dashboard(options);
  }

  /** Any request, exactly as it is. */
  raw(path: string, init: RequestInit = {}, host = HOST): Promise<Response> {
    return this.handler(new Request(`${host}${path}`, init));
  }

  async get<Answer>(name: string, parameters: Record<string, string> = {}): Promise<Answer> {
    const response = await this.raw(`/api/${name}?${new URLSearchParams({ namespace: 'songs', ...parameters })}`);
    if (response.status !== 200) throw new Error(`${name}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  async refusal(response: Promise<Response>): Promise<{ status: number; code: string }> {
    const answer = await response;
    const { error } = (await answer.json()) as { error: { code: string } };
    return { status: answer.status, code: error.code };
  }

  /** The headers of a change from its own page. */
  async changing(): Promise<Record<string, string>> {
    const { csrf } = await this.get<{ csrf: string }>('session');
    return { origin: HOST, 'content-type': 'application/json', 'x-tusker-csrf': csrf, 'sec-fetch-site': 'same-origin' };
  }

  async change(body: object, headers: Record<string, string> = {}): Promise<Response> {
    return this.raw('/api/change', {
      method: 'POST',
      headers: { ...(await this.changing()), ...headers },
      body: JSON.stringify({ namespace: 'songs', ...body }),
    });
  }
}
