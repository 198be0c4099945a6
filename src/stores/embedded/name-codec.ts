/**
 * Names as they stand in the file. SQLite's text ends at a NUL for some of its readers, so NUL is written as U+0001 "0"
 * and U+0001 as U+0001 "1"; every other name stands as it is.
 */
export function toKey(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  return /[\0\x01]/.test(name) ? name.replaceAll('\x01', '\x011').replaceAll('\0', '\x010') : name;
}

/** The name that `toKey` wrote. */
export function fromKey(key: string): string {
  return key.includes('\x01') ? key.replaceAll('\x010', '\0').replaceAll('\x011', '\x01') : key;
}
