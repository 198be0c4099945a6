/** Writes docs/api.md, and docs/api-stores.md for few, from the doc comments of what the doors export; `--check` only compares. See README.md here. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isKind, readDoors } from './model.mjs';
import { alias, callable, members, memberTable, namesOf, said } from './render.mjs';

const PAGE = fileURLToPath(new URL('../../docs/api.md', import.meta.url));
const STORE_PAGE = fileURLToPath(new URL('../../docs/api-stores.md', import.meta.url));
const OPTIONS = /(Options|Query|Schemas)$/;
/** What a reader looks for first; what follows is in the order of the sources. */
const FIRST = ['createTusker', 'Tusker', 'Lock', 'Claim', 'Worker', 'WorkerEvents'];
/** Where the types begin that only who writes a store, or reads channels, works with. */
const STORE_ROOTS = ['Store', 'StoreReader', 'Call', 'Outcome', 'ChannelMessages'];

const isFirst = ({ name }) => FIRST.includes(name);

const HEAD = `# API reference

Made from the doc comments of the sources, which your editor shows as well. Durations are milliseconds, from 1 ms to 366 days, and 0 where
nothing is waited for (\`wait\`, delays, \`backoff\`, \`grace\`, \`timeout\` of \`fetchReleased\`); moments are milliseconds since 1970. \`undefined\` for an option is the same as leaving it
out; an unknown option is refused by its name. Everything is there since 1.0.0, unless it says otherwise.
What only writers of stores and tools work with is in [api-stores.md](api-stores.md).
`;

const STORE_HEAD = `# API reference for writers of stores and tools

What a store is asked, and answers. \`tusker\` exports these types as well. The rest is in [api.md](api.md).
`;

function contents(doors) {
  return doors.map(({ door }) => `- [\`${door}\`](#${door.replace('/', '')})`).join('\n');
}

/** A chapter, and the types that only writers of stores and tools work with. */
function chapter({ door, exports }) {
  const shown = exports.filter((one) => !isKind(one, 'Reference')).sort((one, other) => rank(one) - rank(other));
  const errors = shown.filter((one) => isKind(one, 'Class') && one.name.endsWith('Error'));
  const others = shown.filter((one) => !errors.includes(one));
  const parts = {
    '': others.filter((one) => isKind(one, 'Function')),
    Objects: others.filter((one) => isKind(one, 'Class') || isObject(one)),
    Options: others.filter((one) => isKind(one, 'Interface') && OPTIONS.test(one.name)),
  };
  const taken = Object.values(parts).flat();
  const rest = others.filter((one) => !taken.includes(one));
  const used = usedBy(
    [...taken, ...errors].filter(({ name }) => !STORE_ROOTS.includes(name)),
    others,
  );
  parts.Types = rest.filter((one) => used.has(one) && !STORE_ROOTS.includes(one.name));
  if (door !== 'tusker') parts.Types = rest;
  const store =
    door !== 'tusker'
      ? []
      : others.filter(
          (one) => (!errors.includes(one) && STORE_ROOTS.includes(one.name)) || (rest.includes(one) && !used.has(one)),
        );
  parts.Objects = parts.Objects.filter((one) => !store.includes(one));
  const lines = [
    `## ${door}`,
    '',
    ...parts[''].filter(isFirst).flatMap(entry),
    ...parts.Objects.flatMap(entry),
    ...parts[''].filter((one) => !isFirst(one)).flatMap(entry),
    ...(errors.length > 0 ? errorTable(errors) : []),
    ...parts.Options.flatMap(entry),
    ...parts.Types.flatMap(entry),
  ];
  return { lines, storeLines: store.flatMap(entry) };
}

function rank({ name }) {
  return FIRST.indexOf(name) + 1 || FIRST.length + 1;
}

/** The exports that these name, and those that they name. */
function usedBy(roots, exports) {
  const used = new Set(roots);
  for (const one of used) {
    const text = entry(one).join('\n');
    for (const other of exports) {
      if (!STORE_ROOTS.includes(other.name) && new RegExp(`\\b${other.name}\\b`).test(text)) used.add(other);
    }
  }
  return used;
}

function entry(one) {
  if (isKind(one, 'Function')) return callable(one, `### ${one.name}`);
  if (isKind(one, 'TypeAlias')) return alias(one, lists);
  if (isKind(one, 'Variable'))
    return [`### ${one.name}`, '', said(one.comment), '', '```typescript', `const ${one.name}: ${one.type}`, '```', ''];
  const own = members(one);
  const methods = own.filter((member) => member.signatures);
  const fields = own.filter((member) => !member.signatures);
  const table = isKind(one, 'Interface') && !isObject(one) ? own : fields;
  return [
    `### ${one.name}`,
    '',
    said(one.comment),
    '',
    ...(table.length > 0 ? [...memberTable(table), ''] : []),
    ...(table === own ? [] : methods.flatMap((method) => callable(method, `#### ${one.name}.${method.name}`))),
  ];
}

/** An interface that is more than a record: it has methods with comments of their own. */
function isObject(one) {
  return isKind(one, 'Interface') && members(one).filter((member) => member.signatures?.[0]?.comment).length > 1;
}

function errorTable(errors) {
  const inherited = new Set(['message', 'name', 'stack', 'cause', 'code', 'status', 'stackTraceLimit']);
  const rows = errors.map((error) => {
    const fields = members(error).filter(({ name, signatures }) => !signatures && !inherited.has(name));
    const named = fields.map((field) => `\`${field.name}\`${said(field.comment) ? ` (${said(field.comment)})` : ''}`);
    const { type } = members(error).find(({ name }) => name === 'code') ?? {};
    return `| \`${error.name}\` | ${type?.type === 'literal' ? `\`${type.value}\`` : ''} | ${named.join(', ')} | ${said(error.comment).replaceAll('|', '\\|')} |`;
  });
  return ['### Errors', '', '| class | code | fields | |', '| --- | --- | --- | --- |', ...rows, ''];
}

/** Options, methods and functions without a comment: nobody could tell what they do. */
function undescribed(door, exports) {
  return exports.flatMap((one) => {
    if (isKind(one, 'Function')) return one.signatures.some(({ comment }) => comment) ? [] : [`${door}: ${one.name}`];
    if (isKind(one, 'Class') && door !== 'tusker/testing') {
      const methods = members(one).filter(({ signatures }) => signatures?.every(({ comment }) => !comment));
      return methods.map(({ name }) => `${door}: ${one.name}.${name}`);
    }
    if (!isKind(one, 'Interface') || !OPTIONS.test(one.name)) return [];
    return members(one).flatMap((member) => (memberHasComment(member) ? [] : [`${door}: ${one.name}.${member.name}`]));
  });
}

function memberHasComment(member) {
  return Boolean(
    member.comment ?? member.signatures?.[0]?.comment ?? member.type?.declaration?.signatures?.[0]?.comment,
  );
}

const doors = await readDoors();
const lists = namesOf(doors.flatMap(({ exports }) => exports));
const bare = doors.flatMap(({ door, exports }) => undescribed(door, exports));
if (bare.length > 0) {
  console.error(`Without a doc comment:\n${bare.map((name) => `  ${name}`).join('\n')}`);
  process.exitCode = 1;
}
const chapters = doors.map(chapter);
const pages = [
  [PAGE, [HEAD, contents(doors), '', ...chapters.flatMap(({ lines }) => lines)]],
  [STORE_PAGE, [STORE_HEAD, ...chapters.flatMap(({ storeLines }) => storeLines)]],
];
for (const [path, lines] of pages) {
  const page = `${lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
  if (!process.argv.includes('--check')) writeFileSync(path, page);
  else if (readFileSync(path, 'utf8') !== page) {
    console.error(`${path} is not what the sources say: run \`npm run api\`.`);
    process.exitCode = 1;
  }
}
