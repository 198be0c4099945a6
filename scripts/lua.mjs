// Links the Lua of the Redis store into one library of Redis Functions, as a TypeScript file: pieces are put together,
// constants become literals, fields of records places in a list, and all functions are declared first, so that pieces may
// call one another. Lua takes 200 locals: the functions of a piece that begins with @seldom stand in one table. The library is named by its text: versions of tusker stand side by side on a server.
// With --check it only says whether the file is up to date; with --plain FILE it writes the library, to be linted.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../src/stores/redis/lua/', import.meta.url);
const GENERATED = fileURLToPath(new URL('../src/stores/redis/library.generated.ts', import.meta.url));
const VALUE = String.raw`(?:-?\d+|KEYS\[\d+\]|'[^']*')`;
const NAME = '[A-Z][A-Z_0-9]*';
const CONSTANT = new RegExp(`^local (${NAME}(?:, ${NAME})*) = (${VALUE}(?:, ${VALUE})*)$`);
const FUNCTION = /^local function (\w+)\(/;
const RECORD = /^@record ([\w() ]+): ([\w ]+)$/;
/** At the head of a piece whose functions are not called for each lock, unlock or claim. */
const SELDOM = '@seldom';
const SELDOM_FUNCTION = /^seldom function (\w+)\(/;
/** Lua's limit for the main function is 200. */
const MOST_LOCALS = 180;
const INCLUDE = /^@include ([\w/-]+)$/;
/** A field of something that may be a record: of a variable, or of what a function gives. */
const FIELD = /(?<![.:\w])(\w+)(\(\w+\))?\.(\w+)\b/g;
/** A field of an element: the linker does not know of what record, and would leave a name where lists have places. */
const LOST_FIELD = /\]\.\w+/;
/** The same of what a function gives, unless it is said to give such a record. */
const LOST_RESULT = /\)\.(\w+)/;
/** Words outside of texts; a word after a dot is a field. */
const TOKEN = /'(?:[^'\\]|\\.)*'|--.*$|[.:]?\b[A-Za-z_]\w*\b/g;

function gather(path) {
  const text = readFileSync(new URL(`${path}.lua`, FOLDER), 'utf8').trimEnd();
  const [first, ...rest] = text.split('\n');
  if (first === SELDOM) return rest.map((line) => line.replace(/^local function /, 'seldom function '));
  return [first, ...rest].flatMap((line) => {
    const piece = INCLUDE.exec(line)?.[1];
    return piece ? gather(piece) : [line];
  });
}

function link(lines) {
  const constants = new Map();
  const records = new Map();
  const functions = [];
  /** Names that become fields of the table. */
  const seldom = new Map();
  const code = lines.filter((line) => {
    const [, names, values] = CONSTANT.exec(line) ?? [];
    const given = values?.split(', ');
    for (const [i, constant] of (names?.split(', ') ?? []).entries()) constants.set(constant, given[i]);
    const [, holders, fields] = RECORD.exec(line) ?? [];
    for (const holder of holders?.split(' ') ?? []) records.set(holder, fields.split(' '));
    const name = FUNCTION.exec(line)?.[1];
    if (name) functions.push(name);
    const field = SELDOM_FUNCTION.exec(line)?.[1];
    if (field) seldom.set(field, `seldom.${field}`);
    const isComment = line.trim() === '' || line.trim().startsWith('--');
    return names === undefined && holders === undefined && !isComment;
  });
  const words = new Map([...constants, ...seldom]);
  const linked = code.map((line) =>
    linkLine(line, words, records)
      .replace(/^local function /, 'function ')
      .replace(/^seldom function /, 'function '),
  );
  // State stands before the functions that share it.
  const isState = (line) => /^local (?!function )/.test(line) && !line.endsWith('{');
  const first = linked.findIndex((line) => line.startsWith('function '));
  const rest = linked.slice(first);
  checkRoom([...linked.slice(0, first), ...rest.filter(isState)], functions);
  return [
    ...linked.slice(0, first),
    ...rest.filter(isState),
    `local ${functions.join(',')}`,
    'local seldom = {}',
    ...rest.filter((line) => !isState(line)).map((line) => line.trim()),
  ].join('\n');
}

function checkRoom(states, functions) {
  const names = states.map((line) => /^local ([\w, ]+)/.exec(line)?.[1].split(',').length ?? 0);
  const count = names.reduce((sum, next) => sum + next, functions.length + 1);
  if (count <= MOST_LOCALS) return;
  throw new Error(
    `${count} locals of the library, at most ${MOST_LOCALS}: begin a piece that is not hot with ${SELDOM}`,
  );
}

function linkLine(line, words, records) {
  if (LOST_FIELD.test(line) && !line.trim().startsWith('--')) {
    throw new Error(`${line.trim()}: give the element a name that a record has`);
  }
  const placed = line.replace(FIELD, (whole, name, given = '', field) => {
    const place = records.get(given ? `${name}()` : name)?.indexOf(field) ?? -1;
    return place === -1 ? whole : `${name}${given}[${place + 1}]`;
  });
  const [, lost] = LOST_RESULT.exec(placed) ?? [];
  if (lost && [...records.values()].some((fields) => fields.includes(lost)) && !line.trim().startsWith('--')) {
    throw new Error(`${line.trim()}: give what the function gives a name that a record has`);
  }
  return placed.replace(TOKEN, (token) => (token.startsWith('--') ? '' : (words.get(token) ?? token))).trimEnd();
}

const body = link(gather('library'));
const name = `tusker_${createHash('sha1').update(body).digest('hex').slice(0, 12)}`;
const library = `#!lua name=${name}\n${body.replaceAll('LIBRARY', `'${name}'`)}\n`;
const escaped = library.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${');
const generated = `// Linked from lua/ by scripts/lua.mjs. Do not edit.
export const LIBRARY_NAME = '${name}';
export const LIBRARY: string = \`${escaped}\`;
`;

const plain = process.argv.indexOf('--plain');
if (plain !== -1) writeFileSync(process.argv[plain + 1], library.replace('#!lua', '--'));
else if (!process.argv.includes('--check')) writeFileSync(GENERATED, generated);
else if (readFileSync(GENERATED, 'utf8') !== generated) {
  console.error('src/stores/redis/library.generated.ts is not what lua/ says: run node scripts/lua.mjs');
  process.exitCode = 1;
}
