import { CallError } from '../../host';
import type { Attachment } from '../../host/types';
import { live } from '../../live/live.svelte';
import { words } from '../../words/en';
import { base64Of, wrongWith } from './file';

/**
 * Hands a file to the core, which keeps its bytes.
 *
 * @throws CallError whose words say what to do instead: it is too large, cannot be read, or nothing that can be attached.
 */
export async function take(file: File, name: string): Promise<Attachment> {
  const wrong = wrongWith({ name, size: file.size });
  if (wrong) throw new CallError('bad_input', wrong);
  const base64 = await base64Of(file).catch(() => {
    throw new CallError('unreadable', words.attachment.unreadable(name));
  });
  return live.call('attachment_add', { name, base64 });
}
