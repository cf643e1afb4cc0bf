import type { Link } from '../../host/types';

/** The value of the `links` field, whatever was written there by a newer or another program. */
export function linksOf(value: unknown): Link[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (l): l is Link =>
      typeof l === 'object' &&
      l !== null &&
      typeof (l as Link).href === 'string' &&
      typeof (l as Link).text === 'string',
  );
}

/** As it is edited: one to a line, what it is called and then its address. */
export const linkLines = (links: readonly Link[]): string =>
  links.map((l) => (l.text && l.text !== l.href ? `${l.text} ${l.href}` : l.href)).join('\n');

/** Back from lines; the first line without an address is named. */
export function parseLinks(text: string): { links: Link[] } | { wrong: string } {
  const links: Link[] = [];
  for (const line of text.split('\n').map((l) => l.trim())) {
    if (line === '') continue;
    const [, before, href] = /^(.*?)(https?:\/\/\S+)$/i.exec(line) ?? [];
    if (!href) return { wrong: line };
    links.push({ href, text: before?.replace(/[:\s]+$/, '') || href });
  }
  return { links };
}
