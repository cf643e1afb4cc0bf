import { many } from './count';

const start = (who: string): string => (who === 'you' ? 'You' : who);
const list = (all: string[]): string =>
  all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all[all.length - 1]}`;

/** What the timeline tells beside the entries and what was decided. */
export const happened = {
  alerted: (alerts: number, service: string, page: number) =>
    `${many(alerts, 'alert')} fired on ${service}: page ${page}`,
  source: (source: string) => `From ${source}.`,
  rang: (who: string[], step: number, page: number) => `Page ${page} rang ${list(who)}: step ${step}`,
  rangNobody: (step: number, page: number) => `Page ${page} rang nobody: step ${step} stands for no one`,
  rangAdmins: (who: string[], page: number) =>
    `Page ${page} rang ${list(who)}: nobody had answered, and the team’s admins are alarmed`,
  need: {
    taken: (who: string) => `${start(who)} took the need`,
    met: (who: string) => `${start(who)} met the need`,
    open: (who: string) => `${start(who)} gave the need back: nobody has it`,
  },
  author: (who: string, person: string) =>
    who === person
      ? `${start(who)} will write the postmortem`
      : `${start(who)} named ${person} to write the postmortem`,
  noAuthor: (who: string) => `${start(who)} took the name off the postmortem: nobody writes it`,
  field: (who: string, name: string) => `${start(who)} changed “${name}”`,
  wrote: (who: string, name: string) => `${start(who)} wrote “${name}”`,
  cleared: (who: string, name: string) => `${start(who)} cleared “${name}”`,
  was: (text: string) => `Before: ${text}`,
};
