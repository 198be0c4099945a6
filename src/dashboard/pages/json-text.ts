/**
 * JSON with line breaks and indents, taken from its text: nothing is parsed, so no digit of a long number and no
 * repeated key gets lost, and the beginning of a long text works as well.
 */
export function indented(text: string): string {
  let out = '';
  let depth = 0;
  const line = (): string => `\n${'  '.repeat(Math.min(depth, 40))}`;
  // A string, a bracket with an empty pair of it, a separator, or a run of anything else.
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"?|\{\s*\}|\[\s*\]|[{}[\],:]|[^"{}[\],:]+/gs)) {
    if (token === '{' || token === '[') {
      depth++;
      out += token + line();
    } else if (token === '}' || token === ']') {
      depth = Math.max(0, depth - 1);
      out += line() + token;
    } else if (token === ',') out += token + line();
    else if (token === ':') out += ': ';
    else out += token.startsWith('"') ? token : token.replace(/\s+/g, '');
  }
  return out;
}
