import type { RecordId } from '../../host/types';
import type { Route } from '../../live/route.svelte';
import { words } from '../../words/en';
import { linkLines, linksOf } from '../incident/links';
import { labelLines } from '../runbook/fields';

/** Where a record is shown; `null` for a kind this version does not know. */
export function recordRoute(record: RecordId): Route | null {
  if (record.kind === 'incident') return { screen: 'incident', incident: record.id };
  if (record.kind === 'runbook') return { screen: 'runbook', runbook: record.id };
  return null;
}

type Names = { person: (id: string) => string; service: (id: string) => string };

/** A field's value for a person, whatever is in it. */
export function fieldText(field: string, value: unknown, names: Names): string {
  if (value === null || value === undefined || value === '') return words.field.blank;
  if (field === 'links') return linkLines(linksOf(value)) || words.field.blank;
  if (field === 'labels' && typeof value === 'object')
    return labelLines(value as Record<string, string>) || words.field.blank;
  if (field === 'urls' && Array.isArray(value)) return value.join('\n') || words.field.blank;
  if (typeof value === 'boolean') return value ? words.field.yes : words.field.no;
  if (typeof value !== 'string') return JSON.stringify(value);
  if (field === 'owner') return names.person(value);
  if (field === 'service') return names.service(value);
  return value;
}
