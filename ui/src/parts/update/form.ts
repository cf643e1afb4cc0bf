import type { Audience, Composed, IncidentStatus, NextTime, UpdateTold } from '../../host/types';

/** What a person fills in by words. */
export const FIELDS = [
  'headline',
  'impact',
  'known',
  'doing',
  'workaround',
  'what_happened',
  'fix',
  'what_next',
] as const;
export type FieldName = (typeof FIELDS)[number];
export type Fields = Record<FieldName, string>;
/** Only after it is over. */
export const AFTER: readonly FieldName[] = ['what_happened', 'fix', 'what_next'];

/** Where writing begins: the first field that has to be written and is empty; else what changes the most. */
export function beginsAt(fields: Fields, isOver: boolean): FieldName {
  const must: readonly FieldName[] = isOver ? AFTER : ['impact'];
  return must.find((name) => fields[name].trim() === '') ?? (isOver ? 'what_happened' : 'known');
}

/** A text over its template; `over`: what the template said when somebody last wrote in it. */
export type ByHand = { text: string; over: string };

/** An update that is being written: a draft keeps all of it. */
export type Form = {
  fields: Fields;
  /** `null`: the status stays. */
  status: IncidentStatus | null;
  next: NextTime;
  /** `null`: those whom the severity tells. */
  audiences: Audience[] | null;
  written: Partial<Record<Audience, ByHand>>;
  /** The newest update that the writer knew of. */
  seen: string | null;
  /** One's own words, while those of somebody else stand in the fields. */
  aside: Fields | null;
};

const blank: Fields = {
  headline: '',
  impact: '',
  known: '',
  doing: '',
  workaround: '',
  what_happened: '',
  fix: '',
  what_next: '',
};

export const fieldsOf = (told: UpdateTold): Fields => {
  const fields = { ...blank };
  for (const name of FIELDS) fields[name] = told[name];
  return fields;
};

/** As the core says that an update begins. */
export function begun(composed: Composed): Form {
  const written: Form['written'] = {};
  for (const { audience, text, from_template } of composed.texts)
    if (from_template !== null) written[audience] = { text, over: from_template };
  return {
    fields: fieldsOf(composed.told),
    status: null,
    next: { is: 'cadence' },
    audiences: null,
    written,
    seen: composed.last?.update.id ?? null,
    aside: null,
  };
}

/** What the core is told of it. */
export function toldBy(form: Form): UpdateTold {
  return {
    title: null,
    status: form.status,
    ...form.fields,
    next_update: null,
    services: [],
    commander: '',
    link: '',
    channel: '',
    no_news: false,
  };
}

export function writtenIn(form: Form): { [audience in Audience]?: string } {
  const texts: { [audience in Audience]?: string } = {};
  for (const [audience, one] of Object.entries(form.written) as [Audience, ByHand][])
    texts[audience] = one.text;
  return texts;
}

/** The audiences that get it, in their order. */
export const chosenOf = (form: Form, composed: Composed): Audience[] =>
  composed.texts
    .filter((t) => (form.audiences ? form.audiences.includes(t.audience) : t.is_told))
    .map((t) => t.audience);

/** Those who must know and get this audience's text: the first of theirs that is sent, else the first of all. */
export function readersOf(
  audience: Audience,
  chosen: readonly Audience[],
  composed: Composed,
): Composed['readers'] {
  return composed.readers.filter(
    (r) => (r.texts.find((text) => chosen.includes(text)) ?? chosen[0]) === audience,
  );
}

/** A draft, if it is one: what an older version kept, or nobody can read, is none. */
export function readDraft(words: string): Form | null {
  if (words === '') return null;
  try {
    const kept = JSON.parse(words) as Partial<Form>;
    if (typeof kept.fields !== 'object') return null;
    return {
      fields: { ...blank, ...kept.fields },
      status: kept.status ?? null,
      next: kept.next ?? { is: 'cadence' },
      audiences: kept.audiences ?? null,
      written: kept.written ?? {},
      seen: kept.seen ?? null,
      aside: kept.aside ?? null,
    };
  } catch {
    return null;
  }
}

/** Nothing but numbers is another: the times of a text go on while it is written. */
export const sameButNumbers = (a: string, b: string): boolean =>
  a.replace(/\d+/g, '') === b.replace(/\d+/g, '');
