import { backupSqlite } from '../../stores/embedded/sqlite.js';
import type { Command, Context } from '../command.js';
import { UsageError } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { inFolder, isRedisUrl } from '../store-url.js';
import { printable } from '../text.js';

/** `tusker backup`: a copy of a SQLite store that is in use. */
export const backup: Command = {
  name: 'backup',
  summary: 'copy a SQLite store to a file, while others use it',
  usage: 'FILE',
  options: {},
  details: [
    'The copy has all namespaces as they were at one moment. FILE must not exist yet. Until the copy is whole and on the disk it',
    'is called FILE.PID.part.',
    '',
    'To go back to a copy: stop all processes, move the old file away with the -wal and -shm beside it, and put the copy in its',
    'place.',
    '',
    'Never copy, open or replace the file in any other way while a process uses it. A Redis server makes its own copies:',
    'redis-cli --rdb FILE, or BGSAVE.',
  ],
  examples: [
    'tusker backup tusker-$(date +%F).db',
    'tusker backup --url sqlite:/var/lib/app/tusker.db /backup/tusker.db',
  ],
  seeAlso: ['doctor'],
  run,
};

async function run({ input, output, storeUrl, surroundings }: Context): Promise<number> {
  const [, path] = /^sqlite:(.+)$/s.exec(storeUrl) ?? [];
  if (path === undefined) throw new UsageError(elsewhere(storeUrl));
  const { file, bytes } = await backupSqlite(path, inFolder(surroundings.cwd, input.argument('FILE')));
  await output.show({ kind: 'backed-up', file, bytes }, `${printable(file)}: ${bytes} bytes`);
  return EXIT.ok;
}

function elsewhere(url: string): string {
  if (!isRedisUrl(url)) return 'backup copies the file of a SQLite store (sqlite:PATH); this store has none';
  return 'backup copies the file of a SQLite store; a Redis server makes its own copies: redis-cli --rdb FILE, or BGSAVE';
}
