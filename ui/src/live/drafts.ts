/**
 * What was typed and not yet sent, restored silently. Only what a person wrote: never a token or an invite link,
 * which stay in memory.
 */
const PREFIX = 'draft:';

export function draft(name: string): string {
  try {
    return localStorage.getItem(PREFIX + name) ?? '';
  } catch {
    return '';
  }
}

export function keepDraft(name: string, text: string): void {
  try {
    if (text === '') localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, text);
  } catch {
    // A full or forbidden storage loses the draft, not the form.
  }
}
