import type { PageRow, Via } from '../../host/types';
import type { Command } from '../../keys/commands.svelte';
import { asks } from '../../live/asks.svelte';
import { live } from '../../live/live.svelte';
import { overlay } from '../../live/overlay.svelte';
import { router } from '../../live/route.svelte';
import { words } from '../../words/en';

const w = words.actions;

export type Action =
  'acknowledge' | 'escalate' | 'snooze' | 'reassign' | 'note' | 'resolve' | 'runbook' | 'triage';

/** One place that says what a key or a button of a page asks for; whether it is allowed is the team's word. */
export function act(action: Action, row: PageRow, via: Via): void {
  const page = row.page.id;
  switch (action) {
    case 'acknowledge':
      if (!asks.has(row, 'acknowledge')) void asks.ask(page, { do: 'acknowledge', via });
      break;
    case 'escalate':
      if (!asks.underway.has(page)) void asks.ask(page, { do: 'escalate' });
      break;
    case 'runbook':
      if (row.page.runbook) void openLink(row.page.runbook);
      break;
    case 'triage':
      // It wants more room than the pager window has.
      if (router.isPagerWindow) void live.call('show', { place: { at: 'triage', page } }).catch(() => {});
      else router.go({ screen: 'triage', page });
      break;
    default:
      overlay.show({ kind: action, page });
  }
}

/** Links leave through the core, which opens web links only. */
export async function openLink(url: string): Promise<void> {
  await live.call('open_link', { url }).catch(() => {});
}

export const KEYS: Record<Action, string> = {
  acknowledge: 'a',
  escalate: 'e',
  snooze: 's',
  reassign: 'r',
  note: 'n',
  resolve: 'x',
  runbook: 'o',
  triage: 't',
};

export function pageCommands(row: PageRow | undefined, via: Via): Command[] {
  if (!row) return [];
  const command = (action: Action, title: string): Command => ({
    id: action,
    title,
    keys: [KEYS[action]],
    group: 'page',
    run: () => act(action, row, via),
  });
  const runbook = row.page.runbook ? [command('runbook', words.keys.openRunbook)] : [];
  if (row.page.status === 'resolved') return [...runbook, command('note', words.note.title)];
  const acknowledged = row.page.status === 'acknowledged' ? [] : [command('acknowledge', w.acknowledge)];
  return [
    ...acknowledged,
    command('escalate', words.requests.escalate),
    command('triage', words.triage.start),
    command('snooze', w.snooze),
    command('reassign', w.reassign),
    command('note', words.note.title),
    command('resolve', w.resolve),
    ...runbook,
  ];
}
