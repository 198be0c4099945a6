/** Where the dashboard is mounted: '' at the root. The document says it. */
export const BASE = document.documentElement.dataset.base ?? '';

export function queryOf(parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => !!entry[1]);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
