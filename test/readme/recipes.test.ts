import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const PAGE = readFileSync('docs/recipes.md', 'utf8');
const programs = readdirSync('examples/recipes').filter((name) => name.endsWith('.mjs'));
const sourceOf = (name: string): string => readFileSync(`examples/recipes/${name}`, 'utf8');

/** The code of the page, each with the program of its chapter. */
const pieces = PAGE.split(/^## /m).flatMap((chapter) => {
  const name = /\(\.\.\/examples\/recipes\/([\w-]+\.mjs)\)/.exec(chapter)?.[1];
  return [...chapter.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, code = '']) => ({ name, code }));
});

test('all code of the page stands in the program of its chapter', () => {
  expect(pieces.length).toBeGreaterThanOrEqual(7);
  const strange = pieces.filter(({ name, code }) => name === undefined || !sourceOf(name).includes(code));
  expect(strange).toEqual([]);
});

test('each program has its chapter, is short, and is run by a test', () => {
  const tests = readdirSync('test/wide/recipes').map((name) => readFileSync(`test/wide/recipes/${name}`, 'utf8'));
  for (const name of programs.filter((one) => one !== 'llm.mjs')) {
    expect(pieces.map((piece) => piece.name)).toContain(name);
    expect(sourceOf(name).split('\n').length).toBeLessThan(120);
    expect(
      tests.some((text) => text.includes(`'${name}'`)),
      name,
    ).toBe(true);
  }
});
