import type { RunbookRow } from '../../host/types';

/** Reviews are due quarterly. */
export const REVIEW_DAYS = 90;
const DAY = 86_400_000;

export type Review = { is: 'never' } | { is: 'due'; days: number } | { is: 'good'; days: number };

/** `today` and the review are days (`2026-11-25`) of the person's calendar. */
export function review(row: Pick<RunbookRow, 'last_reviewed'>, today: string): Review {
  const at = Date.parse(row.last_reviewed ?? '');
  if (Number.isNaN(at)) return { is: 'never' };
  const days = Math.round((Date.parse(today) - at) / DAY);
  return days > REVIEW_DAYS ? { is: 'due', days } : { is: 'good', days: Math.max(0, days) };
}

/** Services that no living runbook is for. */
export function withoutRunbook<S extends { id: string }>(
  services: readonly S[],
  rows: readonly Pick<RunbookRow, 'service' | 'archived'>[],
): S[] {
  const covered = new Set(rows.filter((r) => !r.archived).map((r) => r.service));
  return services.filter((s) => !covered.has(s.id));
}
