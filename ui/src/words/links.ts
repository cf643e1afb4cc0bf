import type { RoomLinkKind } from '../bindings/RoomLinkKind';

/** Where people meet and look: the links of an incident's header. */
export const links = {
  title: 'Links',
  kinds: { bridge: 'Bridge', dashboard: 'Dashboard', channel: 'Channel' } satisfies Record<
    RoomLinkKind,
    string
  >,
  open: {
    bridge: 'Open the bridge',
    dashboard: 'Open the dashboard',
    channel: 'Open the channel',
  } satisfies Record<RoomLinkKind, string>,
  set: {
    bridge: 'Set the bridge',
    dashboard: 'Set the dashboard',
    channel: 'Set the channel',
  } satisfies Record<RoomLinkKind, string>,
  copy: {
    bridge: 'Copy the link of the bridge',
    dashboard: 'Copy the link of the dashboard',
    channel: 'Copy the link of the channel',
  } satisfies Record<RoomLinkKind, string>,
  copied: {
    bridge: 'The link of the bridge is copied.',
    dashboard: 'The link of the dashboard is copied.',
    channel: 'The link of the channel is copied.',
  } satisfies Record<RoomLinkKind, string>,
  notCopied: 'It could not be copied: select it in the facts of the incident.',
  ofService: (service: string) => `of ${service}`,
};
