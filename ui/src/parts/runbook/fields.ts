import { words } from '../../words/en';
import type { Parsed } from '../record/FieldEdit.svelte';

/** `name=value`, one to a line. What the core takes of them is its word. */
export function labelsOf(text: string): Parsed {
  const labels: Record<string, string> = {};
  for (const line of text.split('\n').map((l) => l.trim())) {
    if (line === '') continue;
    const at = line.indexOf('=');
    if (at < 1) return { wrong: words.runbook.labelWrong(line) };
    labels[line.slice(0, at).trim()] = line
      .slice(at + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1');
  }
  return { value: Object.keys(labels).length > 0 ? labels : null };
}
export const labelLines = (labels: { [name in string]?: string }): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value ?? ''}`)
    .join('\n');

export function urlsOf(text: string): Parsed {
  const urls = text.split(/\s+/).filter(Boolean);
  return { value: urls.length > 0 ? urls : null };
}

export const dayOrNothing = (text: string): Parsed => ({ value: text === '' ? null : text });
