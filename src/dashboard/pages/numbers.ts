const WHOLE = new Intl.NumberFormat('en', { useGrouping: true });

/** 100 000 with thin spaces: digits stay aligned and no locale is misread. */
export function count(value: number): string {
  return WHOLE.format(value).replaceAll(',', '\u202f');
}

/** "1 task", "2 tasks". */
export function counted(value: number, word: string): string {
  return `${count(value)} ${word}${value === 1 ? '' : 's'}`;
}

export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
