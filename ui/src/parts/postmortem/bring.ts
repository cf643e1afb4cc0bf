import { CallError } from '../../host';
import type { Attachment } from '../../host/types';
import { live } from '../../live/live.svelte';
import { words } from '../../words/en';
import { postmortem } from '../../words/postmortem';
import { take } from '../attachment/take';

const w = postmortem.bring;
/** As large as any that can be read; the core says so, too. */
const FILE_MAX = 4 * 1024 * 1024;

/** What came of it, in words. */
export interface Brought {
  words: string;
  /** What was not understood, a sentence each. */
  more: readonly string[];
  /** The incident of the last one. */
  last: string | null;
}

const isPicture = (file: File) => file.type.startsWith('image/');

/**
 * Postmortems that were written elsewhere, one for each text among these files. Pictures among them stand where a text
 * names their files.
 */
export async function bringIn(chosen: readonly File[]): Promise<Brought> {
  const texts = chosen.filter((file) => !isPicture(file));
  if (texts.length === 0) return { words: w.noText, more: [], last: null };
  const [done, failed, more]: [string[], string[], string[]] = [[], [], []];
  const pictures: [string, Attachment][] = [];
  const why = (error: unknown) => CallError.from(error, words.errors.coreLost).words;
  for (const file of chosen.filter(isPicture)) {
    try {
      pictures.push([file.name, await take(file, file.name)]);
    } catch (error) {
      more.push(why(error));
    }
  }
  let last: string | null = null;
  for (const file of texts) {
    try {
      if (file.size > FILE_MAX) throw new CallError('bad_input', w.tooLarge);
      const text = await file.text();
      const made = await live.call('postmortem_import', { text, name: file.name, pictures });
      done.push(made.title);
      more.push(...made.not_understood.map((one) => (texts.length > 1 ? w.of(file.name, one) : one)));
      last = made.incident;
    } catch (error) {
      failed.push(texts.length > 1 ? w.of(file.name, why(error)) : why(error));
    }
  }
  const told = done.length > 0 ? [w.done(done), ...failed] : failed;
  return { words: told.join(' '), more, last };
}
