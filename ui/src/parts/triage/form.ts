import type { Answers, Impact, ImpactScope, Severity } from '../../host/types';

export const SCOPES: ImpactScope[] = ['wide', 'medium', 'limited'];
export const IMPACTS: Impact[] = ['high', 'medium', 'low'];
export const FLAGS = ['workaround', 'revenue', 'compliance', 'unsure', 'data_loss', 'breach'] as const;

/** What was typed into a triage that has not ended. */
export type Kept = {
  title: string;
  service: string;
  signal: string;
  scope: ImpactScope | null;
  /** The scope that was chosen by hand, not by a number. */
  chosen?: ImpactScope | null;
  percent?: string;
  impact: Impact | null;
  flags: string[];
  said: Record<string, string>;
  to: Severity | null;
  why: string;
  /** Who sees it beside whoever declares it; absent: the whole team. */
  people?: string[];
};

/** What a severity can be worked out from; `null` while too little is said. */
export function answersOf(
  scope: ImpactScope | null,
  impact: Impact | null,
  flags: readonly string[],
): Answers | null {
  if (!scope || !impact) return null;
  const is = (flag: (typeof FLAGS)[number]) => flags.includes(flag);
  return {
    scope,
    impact,
    data_loss: is('data_loss'),
    breach: is('breach'),
    revenue: is('revenue'),
    compliance: is('compliance'),
    workaround: is('workaround'),
    unsure: is('unsure'),
  };
}

/** "12", "12.5 %" or "12,5": a number. `null`: it is none. */
export function parsePercent(text: string): number | null {
  const [, digits] = /^\s*(-?\d+(?:[.,]\d+)?)\s*%?\s*$/.exec(text) ?? [];
  return digits === undefined ? null : Number(digits.replace(',', '.'));
}
