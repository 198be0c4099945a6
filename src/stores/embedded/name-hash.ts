/**
 * A 32-bit hash of a name (FNV-1a over UTF-16 code units, http://www.isthe.com/chongo/tech/comp/fnv/): the index of unit
 * names holds it in place of the name, so that far fewer pages change with each lock. Equal hashes are told apart by the
 * name itself.
 */
export function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
