import type { Impact, ImpactScope, Severity } from '../../host/types';

/** The questions as a draft keeps them. */
export type Kept = {
  title: string;
  service: string;
  signal: string;
  scope: ImpactScope | null;
  impact: Impact | null;
  flags: string[];
  said: Record<string, string>;
  to: Severity | null;
  why: string;
};
