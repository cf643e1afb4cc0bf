import type { Audience } from '../../host/types';

/** In their order, those outside first: a record's own order is that of its letters. */
export const AUDIENCES: readonly Audience[] = [
  'public',
  'customers',
  'internal',
  'executives',
  'managers',
  'support_and_sales',
];

type Texts = { [audience in Audience]?: string };
/** Those who are told, in their order. */
export const toldIn = (texts: Texts): Audience[] => AUDIENCES.filter((a) => texts[a] !== undefined);
