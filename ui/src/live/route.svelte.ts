import type { Place } from '../host/types';

export const SECTIONS = [
  'sound',
  'channels',
  'devices',
  'silences',
  'team',
  'diagnostics',
  'appearance',
] as const;
export type Section = (typeof SECTIONS)[number];

/** Without a team nobody is paged. */
const PAGING: readonly Section[] = ['sound', 'channels', 'devices', 'silences'];
export const sectionsFor = (alone: boolean): readonly Section[] =>
  alone ? SECTIONS.filter((section) => !PAGING.includes(section)) : SECTIONS;

/** What a playbook is made of, in the order in which an incident needs it. */
export const PLAYBOOK_SECTIONS = [
  'severities',
  'triage',
  'roles',
  'checklists',
  'strategies',
  'updates',
  'templates',
  'public',
  'channel',
  'closing',
  'postmortem',
  'history',
] as const;
export type PlaybookSection = (typeof PLAYBOOK_SECTIONS)[number];

export type Route =
  | { screen: 'pager'; test?: boolean }
  | { screen: 'home' }
  | { screen: 'pages'; page: string | null }
  /** `page`: what it began with. */
  | { screen: 'triage'; page?: string | null }
  | { screen: 'incidents' }
  /** `entry`: the line of its timeline that was looked for. */
  | { screen: 'incident'; incident: string; entry?: string | null }
  | { screen: 'postmortems' }
  /** By its incident. */
  | { screen: 'postmortem'; incident: string }
  | { screen: 'actions' }
  | { screen: 'runbooks' }
  | { screen: 'runbook'; runbook: string }
  /** `part`: a severity, or a template as `audience.status`. */
  | { screen: 'playbook'; section: PlaybookSection; part?: string | null }
  | { screen: 'search' }
  | { screen: 'drafts' }
  | { screen: 'settings'; section: Section };

export function parse(hash: string): Route {
  const [screen, rest, more] = hash.replace(/^#\/?/, '').split('/');
  switch (screen) {
    case 'incidents':
      return rest
        ? {
            screen: 'incident',
            incident: decodeURIComponent(rest),
            entry: more ? decodeURIComponent(more) : null,
          }
        : { screen: 'incidents' };
    case 'postmortems':
      return rest ? { screen: 'postmortem', incident: decodeURIComponent(rest) } : { screen: 'postmortems' };
    case 'runbooks':
      return rest ? { screen: 'runbook', runbook: decodeURIComponent(rest) } : { screen: 'runbooks' };
    case 'playbook':
      return {
        screen: 'playbook',
        section: PLAYBOOK_SECTIONS.find((s) => s === rest) ?? 'severities',
        part: more ? decodeURIComponent(more) : null,
      };
    case 'triage':
      return { screen: 'triage', page: rest ? decodeURIComponent(rest) : null };
    case 'actions':
    case 'search':
    case 'drafts':
      return { screen };
    case 'pager':
      return { screen: 'pager', test: rest === 'test' };
    case 'pages':
      return { screen: 'pages', page: rest ? decodeURIComponent(rest) : null };
    case 'settings':
      return { screen: 'settings', section: SECTIONS.find((s) => s === rest) ?? 'sound' };
    default:
      return { screen: 'home' };
  }
}

/** Where the core says to go. */
export function routeOf(place: Place): Route {
  switch (place.at) {
    case 'page':
      return { screen: 'pages', page: place.page };
    case 'triage':
      return { screen: 'triage', page: place.page };
    case 'incident':
      return { screen: 'incident', incident: place.incident };
    case 'postmortem':
      return { screen: 'postmortem', incident: place.incident };
    case 'settings':
      return { screen: 'settings', section: 'sound' };
    case 'home':
      return { screen: 'home' };
  }
}

export function hashOf(route: Route): string {
  if (route.screen === 'pages' && route.page) return `#/pages/${encodeURIComponent(route.page)}`;
  if (route.screen === 'triage' && route.page) return `#/triage/${encodeURIComponent(route.page)}`;
  if (route.screen === 'settings') return `#/settings/${route.section}`;
  if (route.screen === 'incident')
    return `#/incidents/${encodeURIComponent(route.incident)}${route.entry ? `/${encodeURIComponent(route.entry)}` : ''}`;
  if (route.screen === 'playbook')
    return `#/playbook/${route.section}${route.part ? `/${encodeURIComponent(route.part)}` : ''}`;
  if (route.screen === 'postmortem') return `#/postmortems/${encodeURIComponent(route.incident)}`;
  if (route.screen === 'runbook') return `#/runbooks/${encodeURIComponent(route.runbook)}`;
  return `#/${route.screen}`;
}

class Router {
  route = $state.raw<Route>(parse(location.hash));
  /** Opened as the small pager window: *Back* leads there. */
  readonly isPagerWindow = parse(location.hash).screen === 'pager';

  constructor() {
    addEventListener('hashchange', () => (this.route = parse(location.hash)));
  }

  go(route: Route): void {
    location.hash = hashOf(route);
  }

  /** Without a step in the history: moving along a list. */
  replace(route: Route): void {
    history.replaceState(null, '', hashOf(route));
    this.route = route;
  }
}

export const router = new Router();
