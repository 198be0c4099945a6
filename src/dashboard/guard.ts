/** Who may ask at all: the checks that every request passes, whatever it asks for. */

import { Refusal } from './refusal.js';
import { sameText } from './secrets.js';

/** The names of this machine to itself: what a `Host` may be unless others are named. */
export const LOOPBACK_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

export function isLoopback(host: string): boolean {
  return LOOPBACK_HOSTS.includes(host) || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** A host with its port, as the browser has it in its address line. */
function hostOf(request: Request): string {
  return (request.headers.get('host') ?? new URL(request.url).host).toLowerCase();
}

/**
 * A page of another site may give its own name the address of this machine (DNS rebinding): its requests come with
 * its name as the `Host`, and are refused.
 */
export function checkHost(request: Request, hosts: readonly string[]): void {
  const name = hostOf(request).replace(/:\d+$/, '');
  if (hosts.includes(name)) return;
  throw new Refusal(
    421,
    'HOST_REFUSED',
    'This dashboard does not answer to that host name; the option `hosts` allows it.',
  );
}

/** Other sites may neither read nor hold streams open, even where a browser would let them send the request. */
export function checkSite(request: Request): void {
  const site = request.headers.get('sec-fetch-site');
  const isForeign = site !== null && site !== 'same-origin' && site !== 'none';
  if (isForeign || (request.headers.has('origin') && !isOwnOrigin(request))) throw originRefused();
}

/** Every change comes from a page of this very host and port, and carries the token that only such a page can read. */
export function checkChange(request: Request, csrf: string): void {
  if (!isOwnOrigin(request)) throw originRefused();
  if (!sameText(request.headers.get('x-tusker-csrf') ?? '', csrf)) {
    throw new Refusal(403, 'CSRF_REFUSED', 'The change carries no valid token; load the page again.');
  }
}

function isOwnOrigin(request: Request): boolean {
  const origin = request.headers.get('origin') ?? '';
  return URL.canParse(origin) && new URL(origin).host.toLowerCase() === hostOf(request);
}

function originRefused(): Refusal {
  return new Refusal(403, 'ORIGIN_REFUSED', 'The request does not come from a page of this dashboard.');
}
