import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Refusal } from './refusal.js';
import { respond } from './responses.js';

const TYPES = {
  'app.js': 'text/javascript; charset=utf-8',
  'app.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;
type AssetName = keyof typeof TYPES;
const FOREVER = 'public, max-age=31536000, immutable';

interface Asset {
  readonly plain: Buffer<ArrayBuffer>;
  readonly packed: Buffer<ArrayBuffer>;
  readonly version: string;
}

/** The program of the pages, read once. Only these names are ever read from the disk, whatever a request says. */
export class Assets {
  readonly #assets = new Map<string, Asset>();

  #asset(name: AssetName): Asset {
    const known = this.#assets.get(name);
    if (known) return known;
    const plain = read(name);
    const version = createHash('sha256').update(plain).digest('base64url').slice(0, 12);
    const asset = { plain, packed: gzipSync(plain, { level: 9 }), version };
    this.#assets.set(name, asset);
    return asset;
  }

  /** The answer to a request for `assets/<name>`, or nothing for a name that is none. */
  response(name: string, request: Request, url: URL): Response | undefined {
    if (!Object.hasOwn(TYPES, name)) return undefined;
    const { plain, packed, version } = this.#asset(name as AssetName);
    const isPacked = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '');
    return respond(200, TYPES[name as AssetName], isPacked ? packed : plain, {
      'cache-control': url.searchParams.get('v') === version ? FOREVER : 'no-cache',
      vary: 'accept-encoding',
      ...(isPacked && { 'content-encoding': 'gzip' }),
    });
  }

  /** The one document of all pages. `basePath` was checked: it needs no escape. */
  document(basePath: string): Response {
    const at = (name: AssetName): string => `${basePath}/assets/${name}?v=${this.#asset(name).version}`;
    const html = `<!doctype html>
<html lang="en" data-base="${basePath}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>tusker</title>
<link rel="icon" type="image/svg+xml" href="${at('icon.svg')}">
<link rel="stylesheet" href="${at('app.css')}">
<script type="module" src="${at('app.js')}"></script>
</head>
<body>
<div id="app"></div>
<noscript>The dashboard needs JavaScript. <code>tusker stats</code> and <code>tusker explain</code> tell the same in a terminal.</noscript>
</body>
</html>
`;
    return respond(200, 'text/html; charset=utf-8', html);
  }
}

function read(name: AssetName): Buffer<ArrayBuffer> {
  try {
    return Buffer.from(readFileSync(new URL(`../dashboard/assets/${name}`, import.meta.url)));
  } catch (error) {
    throw new Refusal(500, 'ASSETS_MISSING', `The pages of the dashboard were not built (${String(error)}).`);
  }
}
