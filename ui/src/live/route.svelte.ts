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

export type Route =
  | { screen: 'pager'; test?: boolean }
  | { screen: 'home' }
  | { screen: 'pages'; page: string | null }
  | { screen: 'incidents' }
  /** `entry`: the line of its timeline that was looked for. */
  | { screen: 'incident'; incident: string; entry?: string | null }
  | { screen: 'runbooks' }
  | { screen: 'runbook'; runbook: string }
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
    case 'runbooks':
      return rest ? { screen: 'runbook', runbook: decodeURIComponent(rest) } : { screen: 'runbooks' };
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

export function hashOf(route: Route): string {
  if (route.screen === 'pages' && route.page) return `#/pages/${encodeURIComponent(route.page)}`;
  if (route.screen === 'settings') return `#/settings/${route.section}`;
  if (route.screen === 'incident')
    return `#/incidents/${encodeURIComponent(route.incident)}${route.entry ? `/${encodeURIComponent(route.entry)}` : ''}`;
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
