import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ScratchProject } from '../package/scratch-project.js';

const project = new ScratchProject();

const README = readFileSync('README.md', 'utf8');

test('the types work for a consumer on TypeScript 5.9, strict, without extra libraries', () => {
  project.install('typescript@5.9.3', '@types/node@20.19.43');
  const options = {
    strict: true,
    module: 'nodenext',
    moduleResolution: 'nodenext',
    target: 'es2022',
    lib: ['es2022'],
    noEmit: true,
    skipLibCheck: false,
    types: ['node'],
  };
  project.write('tsconfig.json', JSON.stringify({ compilerOptions: options, files: ['use.mts'] }));
  const code = `
    import { createTusker, isTuskerError, type Lock } from 'tusker';
    import { memoryStore } from 'tusker/memory';
    import { sqliteStore } from 'tusker/sqlite';
    import { initialize } from 'tusker/classic';
    import { conformanceCases, ManualClock } from 'tusker/testing';
    const tusker = createTusker<{ info: { room: number }; unit: { key: string }; result: { url: string } }>({ store: memoryStore({ clock: new ManualClock() }) });
    const part: { key: string } = await tusker.run('t', 1, ({ signal, token }) => ({ key: String(token) + signal.aborted }));
    const lock: Lock<{ key: string }> = await tusker.lock('t', 2);
    // @ts-expect-error a unit's result has a key
    await lock.unlock({ keys: 1 });
    tusker.work(async ({ info, results }) => ({ url: String(info.room) + (await results()).map(({ key }) => key).join() }));
    const { url } = await tusker.result('t');
    const plain = createTusker('memory:');
    const pages: number[] = await plain.all('doc', ['a', 'b'], async (text, { signal }) => text.length, { concurrency: 2, key: (text) => text });
    const ends: PromiseSettledResult<string>[] = await plain.all('doc', [1], (n) => String(n), { settled: true });
    // @ts-expect-error the callback gives texts
    const wrong: number[] = await plain.all('doc', [1], (n) => String(n));
    if (isTuskerError(part, 'BUSY')) console.log(url.length, sqliteStore, initialize, conformanceCases.length);
  `;
  project.write('use.mts', code);
  expect(compile()).toMatchObject({ status: 0, stdout: '' });
}, 300_000);

test.each(['node16', 'nodenext'])('the types work for a consumer of CommonJS, with the module %s', (module) => {
  // Under node16 TypeScript does not know that Node requires modules: only types and import() pass.
  const loading = `async function main() { const { createTusker } = await import('tusker'); const tusker = createTusker('memory:'); const tasks: number = (await tusker.stats()).open; await tusker.stop(); return tasks; } export = main;`;
  const requiring = `import { createTusker } from 'tusker'; const tusker = createTusker('memory:'); tusker.stats().then(({ open }) => console.log(open + 1)).then(() => tusker.stop());`;
  project.write('use.cts', module === 'node16' ? loading : requiring);
  expect(README).toContain('needs `"module": "nodenext"` for it; under `node16` there is `await import(\'tusker\')`');
  const options = { strict: true, module, target: 'es2022', outDir: 'compiled', skipLibCheck: false, types: ['node'] };
  project.write('tsconfig.json', JSON.stringify({ compilerOptions: options, files: ['use.cts'] }));
  expect(compile()).toMatchObject({ status: 0, stdout: '' });
  const program =
    module === 'node16' ? `require('./compiled/use.cjs')().then(console.log)` : `require('./compiled/use.cjs')`;
  expect(project.run(process.execPath, '-e', program)).toMatchObject({ stdout: module === 'node16' ? '0\n' : '1\n' });
});

function compile() {
  return project.run(process.execPath, join(project.path, 'node_modules/typescript/bin/tsc'), '-p', '.');
}
