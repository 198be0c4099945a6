import { createRequire } from 'node:module';

/**
 * What a careful programmer would write without tusker: prepared statements, one transaction a call, the same writes (the
 * unit's row with its two indexes, the task's counts, the shard's last token), no rules and no answers.
 */
export function bareSqlite(path, synchronous) {
  const database = open(path);
  database.exec('pragma journal_mode = wal');
  database.exec(`pragma synchronous = ${synchronous}`);
  database.exec('pragma wal_autocheckpoint = 4000');
  database.exec(`
    create table shard (id integer primary key, record text);
    create table task (id integer primary key, record text);
    create table unit (place integer primary key, task integer, hash integer, name text, state integer, due integer, record text, result text);
    create index unit_hash on unit (task, hash);
    create index unit_unfinished on unit (task, state, due) where state <> 1;
    insert into shard values (1, '');
  `);
  const begin = database.prepare('begin immediate');
  const commit = database.prepare('commit');
  const putTask = database.prepare('insert or replace into task values (?, ?)');
  const putShard = database.prepare('update shard set record = ? where id = 1');
  const insert = database.prepare(
    'insert into unit (task, hash, name, state, due, record, result) values (?, ?, ?, 0, ?, ?, null)',
  );
  const update = database.prepare('update unit set state = 1, record = ?, result = ? where place = ?');
  const record =
    '[1790000000000000,"abcdefghijkl.abc","hostname:12345",1790000000000,1790000000000,1790000000000,null,0,null]';
  const task = JSON.stringify({ counts: 'x'.repeat(700) });
  const shard = JSON.stringify({ shelves: 'x'.repeat(150) });
  const counts = (id) => {
    putTask.run(id, task);
    putShard.run(shard);
  };
  return {
    lock(id, name) {
      begin.run();
      const { lastInsertRowid } = insert.run(id, Math.floor(Math.random() * 2 ** 32), name, Date.now(), record);
      counts(id);
      commit.run();
      return Number(lastInsertRowid);
    },
    unlock(id, place, result) {
      begin.run();
      update.run(record, result, place);
      counts(id);
      commit.run();
    },
    close: () => database.close(),
  };
}

function open(path) {
  const sqlite = process.getBuiltinModule?.('node:sqlite');
  if (sqlite) return new sqlite.DatabaseSync(path);
  return new (createRequire(import.meta.url)('libsql'))(path);
}
