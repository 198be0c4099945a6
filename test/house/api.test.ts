import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const page = ['docs/api.md', 'docs/api-stores.md'].map((path) => readFileSync(path, 'utf8')).join('\n');
const doors = JSON.parse(readFileSync('package.json', 'utf8')).exports as Record<string, string | { default: string }>;

/** Each door is a chapter of the reference, and each name that it exports when it runs stands there. */
describe.each(Object.entries(doors).filter(([door]) => door !== './package.json'))(
  'the reference of %s',
  (door, file) => {
    test('has its chapter and all its exports', async () => {
      const source = (file as { default: string }).default.replace('./dist/', '../../src/').replace(/\.js$/, '.ts');
      const name = door.replace(/^\./, 'tusker');
      expect(page).toContain(`\n## ${name}\n`);
      const exported = Object.keys(await import(source)).filter((one) => one !== 'default');
      const missing = exported.filter((one) => !page.includes(`\n### ${one}\n`) && !page.includes(`\n| \`${one}\` |`));
      expect(missing).toEqual([]);
    });
  },
);

/** Those of a stored task are complete: no caller leaves one out. */
const COMPLETE = ['TaskOptions'];

test('each option says what it is when it is left out', () => {
  const chapters = page.split(/\n(?=###? )/).filter((text) => /^### \w*(Options|LockTimes|Backoff)\n/.test(text));
  expect(chapters.length).toBeGreaterThan(15);
  const silent = chapters.flatMap((text) => {
    const name = text.slice(4, text.indexOf('\n'));
    const rows = COMPLETE.includes(name) ? [] : [...text.matchAll(/^\| `(\w+)` .*$/gm)];
    return rows.filter(([row]) => !/\bdefault\b/i.test(row)).map(([, option]) => `${name}.${option}`);
  });
  expect(silent).toEqual([]);
});

test('each document is one that the README, or a document that it names, names', () => {
  const linked = (text: string, folder: string) => {
    // What is not packed is named without a link.
    const links = [...text.matchAll(/(?:\]\(|`)([\w./-]+\.md)[#)`]/g)].map(([, path]) => path as string);
    return links.map((path) => new URL(path, `file:///${folder}`).pathname.slice(1));
  };
  const first = linked(readFileSync('README.md', 'utf8'), '');
  const second = first.flatMap((path) => linked(readFileSync(path, 'utf8'), path));
  const all = readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? `docs/${name}` : []));
  expect(all.filter((path) => ![...first, ...second].includes(path))).toEqual([]);
});
