import type { PostmortemDue, PostmortemStage } from '../../host/types';
import { postmortem as w } from '../../words/postmortem';
import { moment, ms, span } from '../time/time';

/** What is due next; nothing once it is published, or when no postmortem is needed. */
export function dueWords(
  due: PostmortemDue | null,
  stage: PostmortemStage,
  now: number,
  zone: string,
): { words: string; late: boolean } | null {
  if (!due || due.need === 'never' || stage === 'published' || stage === 'closed') return null;
  const at = ms(stage === 'draft' ? due.draft_due : due.review_by);
  const late = at < now;
  if (stage === 'draft')
    return { words: late ? w.draftOverdue(span(now - at)) : w.draftDue(moment(at, now, zone)), late };
  return { words: late ? w.reviewOverdue(span(now - at)) : w.reviewBy(moment(at, now, zone)), late };
}
