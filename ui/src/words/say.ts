import type { Severity } from '../bindings/Severity';
import type { Via } from '../bindings/Via';

export const list = (all: string[]) =>
  all.length <= 1 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} and ${all[all.length - 1]}`;
/** `you` inside a sentence, `You` at its start. */
export const start = (who: string) => (who === 'you' ? 'You' : who);

export const severity: Record<Severity, string> = {
  SEV1: 'critical',
  SEV2: 'major',
  SEV3: 'minor',
  SEV4: 'low',
};

export const via: Record<Via, string> = {
  notification: 'from the notification',
  pager_window: 'in the pager window',
  tray: 'from the tray menu',
  window: 'in Firebell',
  link: 'by the link on the phone',
  api: 'through the API',
  monitoring: 'in the monitoring system',
};
