/**
 * What was typed and not yet sent, restored silently as long as the window lives. It stays in memory: what a person
 * writes about an incident must not lie on the disk in clear text, and only the core can keep it encrypted.
 */
const kept = new Map<string, string>();

export const draft = (name: string): string => kept.get(name) ?? '';

export function keepDraft(name: string, text: string): void {
  if (text === '') kept.delete(name);
  else kept.set(name, text);
}
