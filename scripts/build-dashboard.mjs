// Bundles the pages of the dashboard: src/dashboard/pages/ to <out dir>/dashboard/assets/. The argument is the out dir
// of the compiler, by default dist.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const pages = fileURLToPath(new URL('../src/dashboard/pages', import.meta.url));
const assets = join(resolve(process.argv[2] ?? 'dist'), 'dashboard/assets');

rmSync(assets, { recursive: true, force: true });
mkdirSync(assets, { recursive: true });
await build({
  entryPoints: { app: join(pages, 'main.ts') },
  outdir: assets,
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome123', 'firefox121', 'safari17.5'],
  legalComments: 'none',
  logLevel: 'warning',
});
await build({
  entryPoints: { app: join(pages, 'app.css') },
  outdir: assets,
  bundle: true,
  minify: true,
  // light-dark() is kept as it is: rewritten for older browsers it would take variables of its own.
  target: ['chrome123', 'firefox121', 'safari17.5'],
  logLevel: 'warning',
});
copyFileSync(join(pages, 'icon.svg'), join(assets, 'icon.svg'));
