import type { FieldView, TriageReport } from '../../host/types';

/** The triage reports that are kept with an incident, the oldest first; what cannot be read as one is left out. */
export function reportsOf(fields: { [name in string]?: FieldView }): TriageReport[] {
  return Object.entries(fields)
    .filter(([name]) => name.startsWith('triage_'))
    .map(([, field]) => field?.value)
    .filter((value): value is TriageReport => {
      const report = value as Partial<TriageReport> | null;
      return typeof report === 'object' && report !== null && typeof report.generated_at === 'string';
    })
    .map((report) => ({
      ...report,
      said: report.said ?? {},
      checks: report.checks ?? [],
      first_steps: report.first_steps ?? [],
    }))
    .toSorted((a, b) => a.generated_at.localeCompare(b.generated_at));
}
