import { UnsupportedServerError } from '../../core/errors.js';
import { damaged } from './sqlite-busy.js';
import type { Database } from './sqlite-driver.js';

/** Written into the file: a lower number is brought up to this one, a higher one refused. */
export const SCHEMA_VERSION = 3;
/** "tusk" in ASCII: tells our files from other people's. */
export const APPLICATION_ID = 0x7475736b;

const TABLES = `
create table namespace (id integer primary key, name text not null unique, shard text not null);
create table counter (last integer not null);
insert into counter values (0);
create table task (
  id integer primary key, namespace integer not null, name text not null,
  shelf integer not null, due integer not null, record text not null
);
create unique index task_name on task (namespace, name);
create index task_shelf on task (namespace, shelf, due, id);
create table payload (task integer not null, kind text not null, body text not null, primary key (task, kind)) without rowid;
create table unit (
  place integer primary key, task integer not null, hash integer not null, name text not null,
  state integer not null, due integer not null, record text not null, result text, ended integer
);
create index unit_hash on unit (task, hash);
create index unit_unfinished on unit (task, state, due) where state <> 1;
create index unit_ended on unit (task, ended, name) where ended is not null;
create table orphan (task integer primary key, namespace integer not null);
create table event (namespace integer not null, sequence integer not null, body text not null, primary key (namespace, sequence)) without rowid;
create table claim (namespace integer not null, nonce text not null, task text not null, until integer, primary key (namespace, nonce)) without rowid;
create index claim_until on claim (namespace, until) where until is not null;
`;

/**
 * What brings a file of each older version to the next one. Version 1 knew when a unit had failed or expired, to the
 * millisecond, and not in what order. Version 2 kept nothing of the earlier locks of a unit, and lost it where it wrote.
 */
const UPGRADES: Readonly<Record<number, string>> = {
  1: `
alter table unit add column ended integer;
update unit set ended = json_extract(record, '$[6]') * 2000 where state in (2, 3) and json_valid(record);
create index unit_ended on unit (task, ended, name) where ended is not null;
`,
  2: '',
};

/** Creates the tables in a new file, or upgrades those of an older version, all in the caller's transaction. */
export function ensureSchema(database: Database, path: string): void {
  const number = (sql: string): number => Number(database.prepare(sql).get()?.[0] ?? 0);
  const version = number('pragma user_version');
  const application = number('pragma application_id');
  if (version === SCHEMA_VERSION && application === APPLICATION_ID) return;
  if (version !== 0 || application !== 0 || number('select count(*) from sqlite_master') > 0) {
    if (application !== APPLICATION_ID) throw damaged(path, new Error('it has tables of another program'));
    if (UPGRADES[version] === undefined) {
      throw new UnsupportedServerError(
        `${path} has schema version ${version}, this tusker reads ${SCHEMA_VERSION}; use the tusker that wrote it`,
      );
    }
    upgrade(database, version);
    return;
  }
  database.exec(TABLES);
  database.exec(`pragma application_id = ${APPLICATION_ID}`);
  database.exec(`pragma user_version = ${SCHEMA_VERSION}`);
}

function upgrade(database: Database, from: number): void {
  for (let version = from; version < SCHEMA_VERSION; version++) database.exec(UPGRADES[version] as string);
  database.exec(`pragma user_version = ${SCHEMA_VERSION}`);
}
