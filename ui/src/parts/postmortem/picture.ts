import type { Attachment } from '../../host/types';

/** A row of a table, an item of a list, a quotation: what breaks off if a line ends in it. */
const WITHIN = /^\s*(\||[-*+] |\d+[.)] |> ?)/;

/**
 * What a section says where a picture stands: a line of its own, unless it stands in a table, a list or a quotation. The
 * words in brackets say what it shows. `before`: the line before the place, with the end of the one above it.
 */
export function pictureText({ hash, name }: Pick<Attachment, 'hash' | 'name'>, before: string): string {
  const said = name.replace(/[[\]\\\n|]/g, ' ').trim();
  const picture = `![${said}](attachment:${hash})`;
  if (WITHIN.test(before.split('\n').at(-1) ?? '')) return `${before.endsWith(' ') ? '' : ' '}${picture} `;
  const gap = before === '' || before.endsWith('\n\n') ? '' : before.endsWith('\n') ? '\n' : '\n\n';
  return `${gap}${picture}\n\n`;
}
