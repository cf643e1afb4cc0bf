import type { EntryKind } from '../bindings/EntryKind';

/** Pictures and text beside the timeline; finding, pinning and reading its times. */
export const attachment = {
  add: 'Attach a picture or text',
  addShort: 'Attach',
  hint: 'Paste a picture, or drop it here: PNG, JPEG, GIF, WebP, text; 10 MiB each',
  asItIs: 'Files go out as they are, with any place that a camera wrote into them.',
  drop: 'Drop to attach',
  adding: (name: string) => `Attaching ${name}`,
  remove: (name: string) => `Leave out ${name}`,
  removeShort: 'Leave out',
  tooMany: '10 attachments fit. Write a second entry for the others.',
  tooBig: (name: string, mib: string) =>
    `${name} has ${mib} MiB; 10 MiB fit. Cut it to what matters, or add a link to it.`,
  wrongType: (name: string) =>
    `${name} is no picture or text that can be attached. PNG, JPEG, GIF, WebP and plain text can.`,
  unreadable: (name: string) => `${name} cannot be read. Choose it again.`,
  pasted: (n: number) => `pasted-${n}.png`,
  attached: 'Attached',
  open: (name: string) => `Open ${name}`,
  openKey: 'Open what is attached',
  loading: 'Loading',
  close: 'Close',
  next: 'Next',
  previous: 'Previous',
  place: (n: number, of: number) => `${n} of ${of}`,
  waiting: 'not sent yet',
  sending: 'being sent',
  refused: 'not sent',
  missing: 'not on this computer',
  again: 'Try again',
  bytes: (size: number) =>
    size < 1_024
      ? `${size} B`
      : size < 1_048_576
        ? `${Math.round(size / 1_024)} KiB`
        : `${(size / 1_048_576).toFixed(1)} MiB`,
};

export const filter = {
  label: 'Filter the timeline',
  what: 'Show',
  all: 'Everything',
  decided: 'What was decided',
  pinned: 'Pinned',
  attached: 'With pictures or text',
  kinds: {
    checking: 'Checking',
    theory: 'Theories',
    found: 'Found',
    need: 'Needs',
    decision: 'Decisions',
    action: 'Actions',
    note: 'Notes',
  } satisfies Record<EntryKind, string>,
  find: 'Find in the timeline',
  findPlaceholder: 'Find',
  count: (n: number, of: number) => `${n.toLocaleString('en-GB')} of ${of.toLocaleString('en-GB')}`,
  clear: 'Show everything',
  none: 'Nothing here matches.',
  utc: 'UTC',
  local: 'Local',
  toUtc: 'Times in UTC',
  utcKey: 'l',
  zone: (zone: string) => `Times are in ${zone}`,
};

export const pin = {
  pinned: 'Pinned',
  title: (n: number) => `Pinned (${n})`,
  pin: 'Pin',
  unpin: 'Unpin',
  key: 'Pin the entry, or let it go',
  label: (text: string) => `Pin: ${text}`,
  unlabel: (text: string) => `Unpin: ${text}`,
  go: (text: string) => `Go to: ${text}`,
};
