import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { AttachmentView, EntryView } from '../src/host/types';
import * as l from './library';
import type { Mock } from './mock';
import { picture } from './picture';
import { room } from './room';
import { drawn, type Scene } from './scenes';

const hash = `#/incidents/${l.CHECKOUT}`;
const GRAPH = 'a1'.repeat(32);
const OUTPUT = 'b2'.repeat(32);
const LATER = 'c3'.repeat(32);
const ODD = 'd4'.repeat(32);

const graph = { hash: GRAPH, name: 'p99 of POST orders.png', media_type: 'image/png', size: 48_312 } as const;
const output = { hash: OUTPUT, name: 'rollout.txt', media_type: 'text/plain', size: 1_204 } as const;
const later = {
  ...graph,
  hash: LATER,
  name: 'A screenshot of the dashboard of the orders database and all of its replicas, north-eastern region.png',
  width: 1_600,
  height: 900,
};
const odd = { ...graph, hash: ODD, name: 'queue.png', width: 300, height: 900 };

let taken = 0;
const text =
  'Waiting for deployment "payments-api" rollout to finish: 1 out of 3 new replicas have been updated...\n' +
  'Waiting for deployment "payments-api" rollout to finish: 2 out of 3 new replicas have been updated...\n' +
  'deployment "payments-api" successfully rolled out\n';
const views: Record<string, () => AttachmentView> = {
  [GRAPH]: () => ({ state: 'known', words: '', media_type: 'image/png', base64: picture(640, 400) }),
  [OUTPUT]: () => ({
    state: 'waiting',
    words: 'The team server cannot be reached.',
    media_type: 'text/plain',
    base64: btoa(text),
  }),
  [LATER]: () => ({
    state: 'missing',
    words: 'It is not on this computer, and there is no connection to the team server.',
    media_type: null,
    base64: null,
  }),
  [ODD]: () => ({ state: 'sending', words: '', media_type: 'image/png', base64: picture(300, 900) }),
};
const [, , , found, , , action, note] = l.timeline;
const timeline: EntryView[] = l.timeline.map((view) => {
  if (view === found)
    return { ...view, entry: { ...view.entry, attachments: [{ ...graph, width: 640, height: 400 }] } };
  if (view === action) return { ...view, entry: { ...view.entry, attachments: [output, odd] } };
  if (view === note) return { ...view, entry: { ...view.entry, text: '', attachments: [later] } };
  return view;
});
const answers = {
  ...l.answers(),
  incident: () =>
    l.detail(l.checkout, {
      timeline,
      room: room({ pins: [l.timeline[5]?.entry.id ?? '', found?.entry.id ?? ''] }),
    }),
  attachment: ({ hash: asked }: { hash: string }) =>
    views[asked]?.() ?? { code: 'refused', words: 'No entry names it.' },
  attachment_add: ({ name }: { name: string }) => {
    taken += 1;
    return name.endsWith('.exe')
      ? { code: 'bad_input', words: `${name} is no picture or text that can be attached.` }
      : { ...graph, hash: String(taken).padStart(64, '0'), name, width: 640, height: 400 };
  },
  entry_add: () => l.timeline[0]?.entry.id ?? '',
};
const field = 'textarea[aria-label^="New entry"]';

/** As if files were pasted. */
const paste = (page: Page, files: { name: string; type: string; size: number }[]) =>
  page.locator(field).evaluate((target, all) => {
    const data = new DataTransfer();
    for (const one of all) data.items.add(new File([new Uint8Array(one.size)], one.name, { type: one.type }));
    target.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
    );
  }, files);

async function attaches(page: Page, mock: Mock): Promise<void> {
  const said = 'The replicas lag behind since 02:02';
  await page.keyboard.press('w');
  await page.keyboard.type(said);
  await paste(page, [
    { name: 'image.png', type: 'image/png', size: 2_000 },
    { name: 'film.png', type: 'image/png', size: (10 << 20) + 1 },
  ]);
  await page.getByText('film.png has 10.1 MiB').waitFor();
  await page.getByText('pasted-1.png').waitFor();
  expect(await page.locator(field).inputValue(), 'what was typed is still there').toBe(said);
  await paste(page, [{ name: 'setup.exe', type: '', size: 10 }]);
  await page.getByText('setup.exe is no picture').waitFor();
  // The draft outlives the window.
  await expect
    .poll(() => mock.asked.findLast((a) => a.name === 'typed_keep')?.args)
    .toMatchObject({ form: `entry:${l.CHECKOUT}`, words: expect.stringContaining('pasted-1.png') });
}

const scenes: Scene[] = [
  { name: 'timeline-pictures', hash, see: 'rollout.txt', answers, aria: 'section.timeline' },
  {
    name: 'timeline-full-view',
    hash,
    see: 'rollout.txt',
    answers,
    aria: '[role=dialog]',
    then: async (page) => {
      await page.getByRole('button', { name: 'Open p99 of POST orders.png' }).click();
      await page.getByRole('dialog').getByRole('img').waitFor();
    },
  },
  {
    name: 'timeline-full-gone',
    hash,
    see: 'rollout.txt',
    answers,
    // Once: afterwards it is gone.
    sizes: [{ width: 1000, height: 700 }],
    aria: '[role=dialog]',
    then: async (page, mock) => {
      await page.getByRole('button', { name: 'Open rollout.txt' }).click();
      const large = page.getByRole('dialog');
      await large.getByText('successfully rolled out').waitFor();
      const words = 'No entry of this incident names this attachment (any more).';
      mock.answers = { ...mock.answers, attachment: () => ({ code: 'refused', words }) };
      mock.tell({ topic: 'incident', incident: l.CHECKOUT });
      await large.getByText(words).waitFor();
      expect(await large.getByText('successfully rolled out').count()).toBe(0);
      expect(await large.getByText('rollout.txt').count()).toBe(0);
      // Its neighbours are not named either.
      await page.keyboard.press('j');
      expect(await large.getByText('queue.png').count()).toBe(0);
      await large.getByText(words).waitFor();
    },
  },
  {
    name: 'timeline-full-text',
    hash,
    see: 'rollout.txt',
    answers,
    then: async (page) => {
      await page.getByRole('button', { name: 'Open rollout.txt' }).click();
      await page.getByRole('dialog').getByText('successfully rolled out').waitFor();
      await page.keyboard.press('j');
      await page.getByRole('dialog').getByText('2 of 2').waitFor();
      await page.keyboard.press('k');
      await page.getByRole('dialog').getByText('successfully rolled out').waitFor();
    },
  },
  {
    name: 'timeline-filter',
    hash,
    see: 'rollout.txt',
    answers,
    then: async (page) => {
      await page.keyboard.press('f');
      await page.keyboard.type('orders');
      await page.getByText(/^\d of \d+$/).waitFor();
      expect(await page.getByText('Roll back payments-api to v3.4.1').count(), 'only among the pins').toBe(1);
    },
  },
  { name: 'timeline-attaching', hash, see: 'rollout.txt', answers, then: attaches },
  {
    name: 'timeline-utc',
    hash,
    see: 'rollout.txt',
    answers,
    then: async (page, mock) => {
      await page.keyboard.press('l');
      await page
        .getByText(/^\d\d:\d\dZ/)
        .first()
        .waitFor();
      await page.locator('summary', { hasText: 'Pinned (2)' }).click();
      await expect
        .poll(() => mock.asked.filter((a) => a.name === 'typed_keep').map((a) => a.args))
        .toContainEqual({ form: 'timeline:utc', words: 'utc' });
    },
  },
];

drawn(scenes);
