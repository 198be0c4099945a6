import { fileURLToPath } from 'node:url';
import { Application, ReflectionKind } from 'typedoc';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The doors in the order of the page, and the file behind each. */
const DOORS = {
  tusker: 'src/index.ts',
  'tusker/memory': 'src/memory.ts',
  'tusker/sqlite': 'src/sqlite.ts',
  'tusker/redis': 'src/redis.ts',
  'tusker/classic': 'src/classic/index.ts',
  'tusker/dashboard': 'src/dashboard/index.ts',
  'tusker/telemetry': 'src/telemetry/index.ts',
  'tusker/testing': 'src/testing/index.ts',
};

/** Each door with what it exports, as typedoc read it: `[{ door, exports }]`. */
export async function readDoors() {
  const app = await Application.bootstrap({
    entryPoints: Object.values(DOORS).map((file) => ROOT + file),
    tsconfig: `${ROOT}tsconfig.json`,
    // `npm run check` has asked the compiler already; this one is another version.
    skipErrorChecking: true,
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    sort: ['source-order'],
    validation: { notExported: false },
    logLevel: 'Error',
  });
  const project = await app.convert();
  if (!project) throw new Error('typedoc could not read the sources');
  return Object.entries(DOORS).map(([door, file]) => {
    const name = file.slice('src/'.length, -'.ts'.length).replace(/\/index$/, '');
    const module = project.children.find((child) => child.name === name);
    if (!module) throw new Error(`typedoc knows no ${name}`);
    return { door, exports: module.children ?? [] };
  });
}

export const isKind = (reflection, kind) => reflection.kind === ReflectionKind[kind];
