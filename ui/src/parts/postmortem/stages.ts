import type { PostmortemStage, PostmortemView } from '../../host/types';
import { overlay } from '../../live/overlay.svelte';
import type { LivePostmortem } from '../../live/postmortem.svelte';
import { postmortem as w } from '../../words/postmortem';

/** Where it goes from here: the usual way is a plain button, unless something has to be done first. */
export function stepsOf(view: PostmortemView) {
  const { stage } = view.postmortem;
  // What was closed is not opened again by one `s` too many.
  const usual = (i: number) => i === 0 && stage !== 'closed';
  return view.steps.map((step, i) => ({
    ...step,
    words: w.steps[stage][step.to] ?? w.stages[step.to],
    key: usual(i) ? 's' : undefined,
    kind: usual(i) && !step.not_yet ? ('plain' as const) : ('quiet' as const),
  }));
}

/** Whoever publishes it is told first what is still open. */
export function goTo(postmortem: LivePostmortem, to: PostmortemStage): void {
  const go = () => void postmortem.set({ what: 'stage', to });
  const open = to === 'published' ? (postmortem.view?.open_to_publish ?? []) : [];
  if (open.length === 0) go();
  else overlay.show({ kind: 'postmortem_publish', incident: postmortem.incident, open, publish: go });
}
