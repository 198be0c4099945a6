import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ScratchProject } from '../package/scratch-project.js';

const project = new ScratchProject();

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
    if (isTuskerError(part, 'BUSY')) console.log(url.length, sqliteStore, initialize, conformanceCases.length);
  `;
  project.write('use.mts', code);
  const tsc = join(project.path, 'node_modules/typescript/bin/tsc');
  expect(project.run(process.execPath, tsc, '-p', '.')).toMatchObject({ status: 0, stdout: '' });
}, 300_000);
