// npm run api               writes docs/api.md from the doc comments
// npm run api -- --check    says whether it is what the sources say
// The tools are installed in scripts/api, apart from the house: typedoc wants another TypeScript.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run } from './run.mjs';

const FOLDER = fileURLToPath(new URL('api/', import.meta.url));

if (!existsSync(`${FOLDER}node_modules`)) {
  run('npm', ['ci', '--no-audit', '--no-fund', '--prefix', FOLDER], { shell: process.platform === 'win32' });
}
run(process.execPath, [`${FOLDER}make.mjs`, ...process.argv.slice(2)]);
