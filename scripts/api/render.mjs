import { isKind } from './model.mjs';

/** What a comment says, in one paragraph; links become code. */
export function said(comment) {
  return words(comment?.summary).replace(/\s+/g, ' ').trim();
}

const words = (parts = []) => parts.map(({ text }) => text).join('');
const tags = (comment, name) =>
  (comment?.blockTags ?? []).filter(({ tag }) => tag === name).map(({ content }) => words(content).trim());
const cell = (text) => text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
const code = (text) => `\`${text.replace(/\s+/g, ' ')}\``;

/** A table of the members of an interface: purpose, unit, default and limits stand in the comments. */
export function memberTable(members) {
  const rows = members.map((member) => [code(member.name), code(typeOf(member)), commentOf(member)]);
  return ['| name | type | |', '| --- | --- | --- |', ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`)];
}

function commentOf(member) {
  const method = member.signatures?.[0] ?? member.getSignature;
  const comment = member.comment ?? method?.comment ?? member.type?.declaration?.signatures?.[0]?.comment;
  return [said(comment), ...tags(comment, '@throws').map((text) => `Throws ${text}.`)].filter(Boolean).join(' ');
}

function typeOf(member) {
  const [signature] = member.signatures ?? [];
  if (signature) return signatureText(signature, '').replace(/^\(/, '(');
  return (member.getSignature ?? member).type?.toString().replace(/ \| undefined$/, '') ?? '';
}

/** `name(task, options?): Promise<X>` */
export function signatureText(signature, name = signature.name) {
  const types = (signature.typeParameters ?? []).map((type) => type.name + (type.type ? ` extends ${type.type}` : ''));
  const given = (signature.parameters ?? []).map((one) => {
    const mark = one.flags.isOptional || one.defaultValue !== undefined ? '?' : '';
    return `${one.flags.isRest ? '...' : ''}${one.name}${mark}: ${shortType(one.type)}`;
  });
  return `${name}${types.length > 0 ? `<${types.join(', ')}>` : ''}(${given.join(', ')}): ${signature.type}`;
}

/** An object that is written out where it is used is shown with its fields. */
function shortType(type) {
  const declaration = type?.type === 'reflection' ? type.declaration : undefined;
  if (!declaration?.children) return `${type}`.replace(/ \| undefined$/, '');
  return `{ ${declaration.children.map((child) => `${child.name}${child.flags.isOptional ? '?' : ''}: ${child.type}`).join('; ')} }`;
}

/** A function or method: what it does, what it throws, an example. */
export function callable(reflection, heading) {
  const lines = [
    heading,
    '',
    '```typescript',
    ...reflection.signatures.map((signature) => signatureText(signature)),
    '```',
    '',
  ];
  const comments = new Map(
    reflection.signatures.flatMap(({ comment }) => (comment ? [[words(comment.summary), comment]] : [])),
  );
  for (const comment of comments.values()) {
    lines.push(words(comment.summary).trim(), '');
    for (const text of tags(comment, '@returns')) lines.push(`Answers ${text.replace(/\s+/g, ' ')}.`, '');
    for (const text of tags(comment, '@throws')) lines.push(`Throws ${text.replace(/\s+/g, ' ')}.`, '');
    for (const text of tags(comment, '@example'))
      lines.push(text.startsWith('```') ? text : `\`\`\`ts\n${text}\n\`\`\``, '');
  }
  return lines;
}

/** One of a union of objects, or a type of another kind. */
export function alias({ name, comment, type }, lists) {
  // The names of a list: the list itself says them.
  const list = type?.type === 'indexedAccess' && lists.get(`${type.objectType}`.replace('typeof ', ''));
  if (list) return [`### ${name}`, '', said(comment), '', '```typescript', `type ${name} = ${list}`, '```', ''];
  const lines = [`### ${name}`, ''];
  if (said(comment)) lines.push(said(comment), '');
  const members = type?.type === 'union' ? type.types : [type];
  if (!members.some((member) => member?.declaration?.children))
    return [...lines, '```typescript', `type ${name} = ${type}`, '```', ''];
  for (const member of members) {
    const fields = member.declaration?.children;
    lines.push(fields ? `- ${code(shortType(member))}${fieldNotes(fields)}` : `- ${code(`${member}`)}`);
  }
  return [...lines, ''];
}

function fieldNotes(fields) {
  const notes = fields.flatMap((field) => said(field.comment) || []);
  return notes.length > 0 ? `: ${notes.join(' ')}` : '';
}

/** A class or interface with methods: its members that are not inherited from elsewhere. */
export function members(reflection) {
  return (reflection.children ?? []).filter(
    (child) =>
      !isKind(child, 'Constructor') &&
      !child.name.startsWith('[') &&
      !child.flags.isExternal &&
      !child.flags.isProtected,
  );
}

/** The lists of names among the exports, each as a union of its texts. */
export function namesOf(exports) {
  const lists = exports
    .filter((one) => isKind(one, 'Variable'))
    .map(({ name, type }) => [name, type?.target?.elements]);
  return new Map(lists.flatMap(([name, elements]) => (elements ? [[name, elements.join(' | ')]] : [])));
}
