import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import type { Built } from './build.js';
import { builtDashboard } from './build.js';

let built: Built;
let files: Record<string, Buffer>;
beforeAll(async () => {
  built = await builtDashboard();
  const folder = join(built.path, 'dashboard/assets');
  files = Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
});

test('the pages are three files, together under 60 KB gzipped', () => {
  expect(Object.keys(files).sort()).toEqual(['app.css', 'app.js', 'icon.svg']);
  const bytes = Object.values(files).map((file) => gzipSync(file, { level: 9 }).length);
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(60 * 1024);
});

test('the pages name no other server', () => {
  const named = Object.values(files).flatMap((file) => file.toString().match(/\bhttps?:\/\/[^\s"'`)]+|\burl\(/g) ?? []);
  // Names of vocabularies, which nobody fetches.
  expect(named.filter((url) => !url.startsWith('http://www.w3.org/'))).toEqual([]);
});

test('the pages make no markup and no code from text', () => {
  const code = files['app.js']?.toString() ?? '';
  expect(code).not.toMatch(/\beval\(|new Function\(|document\.write|insertAdjacentHTML/);
});
