import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Authors, LATER, SOON, clean, editor, go, section, write } from './authors';
import { call } from './history';
import { picture } from './picture';

/** Pictures in the sections of a postmortem, on the real server and the real cores. Told in order. */
let all: Authors;
beforeAll(async () => {
  all = await Authors.start('pictures');
  await all.open();
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await all.failed();
});
afterAll(async () => {
  await all?.stop();
});

const GRAPH = picture(1_200, 500);

/** As from the clipboard, or from a folder of this computer. */
function bring(into: Locator, how: 'paste' | 'drop', file: { name: string; type: string; base64: string }) {
  return into.evaluate(
    (at, { how, name, type, base64 }) => {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], name, { type }));
      const box = at.getBoundingClientRect();
      const common = { bubbles: true, cancelable: true };
      at.dispatchEvent(
        how === 'paste'
          ? new ClipboardEvent('paste', { ...common, clipboardData: data })
          : new DragEvent('drop', {
              ...common,
              dataTransfer: data,
              clientX: box.x + 20,
              clientY: box.y + box.height - 8,
            }),
      );
    },
    { how, ...file },
  );
}
/** It is fetched when somebody looks at its place. */
async function shown(page: Page, name: string, within = SOON, of = 'Summary'): Promise<void> {
  const place = section(page, of).getByRole('button', { name: `Open ${name}` });
  await place.scrollIntoViewIfNeeded(within);
  await place.locator('img').waitFor(within);
}

it('a picture is pasted into a section without a network, and the other sees it when there is one', async () => {
  const { ana, ben, world } = all;
  const restart = await world.stopServer();
  await ana.getByText(/^Connected to/).waitFor({ state: 'detached', ...LATER });
  await write(ana, 'Summary');
  await ana.keyboard.type('Errors rose within a minute:');
  await bring(editor(ana, 'Summary'), 'paste', { name: 'image.png', type: 'image/png', base64: GRAPH });
  await expect.poll(() => editor(ana, 'Summary').textContent()).toContain('![pasted-1.png]()');
  await ana.keyboard.type('They fell after the rollback.');
  await shown(ana, 'pasted-1.png', SOON);
  await section(ana, 'Summary').getByText('not sent yet').waitFor(SOON);
  const waits = ana.locator('header').getByText('not yet known to the team', { exact: true });
  await waits.waitFor(SOON);
  await clean(ana);
  await all.picture(ana, 'written');
  await go(ana, 'Escape');
  await section(ana, 'Summary').getByText('They fell after the rollback.').waitFor();

  await restart();
  await shown(ben, 'pasted-1.png', LATER);
  await section(ana, 'Summary')
    .getByText('not sent yet')
    .waitFor({ state: 'detached', ...LATER });
  await waits.waitFor({ state: 'detached', ...LATER });
  await clean(ben);
  await all.picture(ben, 'read');
});

it('one that is dropped stands where it fell, and is seen as large as the window', async () => {
  const { ben } = all;
  await write(ben, 'Summary');
  await bring(editor(ben, 'Summary'), 'drop', {
    name: 'region.png',
    type: 'image/png',
    base64: picture(300, 200),
  });
  await shown(ben, 'region.png', SOON);
  await go(ben, 'Escape');
  await section(ben, 'Summary').getByRole('button', { name: 'Open pasted-1.png' }).click();
  await ben.getByRole('region', { name: 'pasted-1.png' }).getByRole('img').waitFor();
  await go(ben, 'Escape');
  await shown(all.ana, 'region.png', LATER);
});

it('what is no picture is said, and the words stay', async () => {
  const { ana } = all;
  await write(ana, 'Summary');
  const before = await editor(ana, 'Summary').textContent();
  await bring(editor(ana, 'Summary'), 'paste', {
    name: 'api.log',
    type: 'text/plain',
    base64: btoa('500 500'),
  });
  await section(ana, 'Summary')
    .getByText(/api\.log is no picture\. Paste its words/)
    .waitFor();
  expect(await editor(ana, 'Summary').textContent()).toBe(before);
  await clean(ana);
  await go(ana, 'Escape');
});

it('in a table it stays in its row, and words typed meanwhile stay behind it', async () => {
  const { ana } = all;
  await write(ana, 'Lessons learned');
  await ana.keyboard.type('| Before | After |\n|---|---|\n| ');
  await bring(editor(ana, 'Lessons learned'), 'paste', {
    name: 'image.png',
    type: 'image/png',
    base64: picture(900, 300),
  });
  await ana.keyboard.type('and a word |');
  await expect
    .poll(() => editor(ana, 'Lessons learned').textContent())
    .toMatch(/\|\| !\[pasted-3\.png\]\(\) and a word \|/);
  await section(ana, 'Lessons learned').locator('td img').waitFor(SOON);
  await clean(ana);
  await all.picture(ana, 'table');
  await go(ana, 'Escape');
});

it('they leave with the postmortem: in the page itself, and beside Markdown', async () => {
  const { ben } = all;
  const save = async (form: string): Promise<string> => {
    await ben.getByRole('button', { name: form, exact: true }).click();
    const said = ben.getByText(new RegExp(`^Saved: .*\\.${form === 'HTML' ? 'html' : 'md'}$`));
    await said.waitFor(SOON);
    return ((await said.textContent()) ?? '').replace('Saved: ', '');
  };
  await go(ben, 'x');
  const page = readFileSync(await save('HTML'), 'utf8');
  expect(page).toContain(`<img src="data:image/png;base64,${GRAPH}" alt="pasted-1.png">`);
  const path = await save('Markdown');
  const found = /!\[pasted-1\.png\]\(<(postmortem-pictures\/[0-9a-f]{16}\.png)>\)/.exec(
    readFileSync(path, 'utf8'),
  );
  expect(readFileSync(join(dirname(path), found?.[1] ?? '')).toString('base64')).toBe(GRAPH);
  await go(ben, 'Escape');
});

it('one that was pasted just before the editor is left is there all the same', async () => {
  const { ana } = all;
  await write(ana, 'Impact');
  await bring(editor(ana, 'Impact'), 'paste', {
    name: 'late.png',
    type: 'image/png',
    base64: picture(640, 480),
  });
  await ana.keyboard.press('Escape');
  await editor(ana, 'Impact').waitFor({ state: 'detached', ...SOON });
  await shown(ana, 'late.png', SOON, 'Impact');
});

it('what left as Markdown comes back with its pictures, and says which one did not come along', async () => {
  const { ana } = all;
  await go(ana, 'Escape');
  await ana.getByLabel(/^Postmortems that were written elsewhere/).setInputFiles([
    {
      name: 'search.md',
      mimeType: 'text/markdown',
      buffer: Buffer.from(
        '# [SEV-2] Search was slow - 2025-03-04\n\n## Summary\n\n![The queue](<postmortem-pictures/queue.png>)\n\n![gone](old/gone.png)\n',
      ),
    },
    { name: 'queue.png', mimeType: 'image/png', buffer: Buffer.from(GRAPH, 'base64') },
  ]);
  await ana.getByText(/^Brought in: .*Search was slow/).waitFor(SOON);
  await ana.getByText('The picture “gone.png” did not come along. Add it where the text names it.').waitFor();
  await ana.getByRole('option', { name: /Search was slow/ }).click();
  await shown(ana, 'The queue', SOON);
  await clean(ana);
  await all.picture(ana, 'brought-in');
});

it('one that is open large goes, with its name, when the incident may not be seen any more', async () => {
  const { ben, core, incident } = all;
  await section(ben, 'Summary').getByRole('button', { name: 'Open pasted-1.png' }).click();
  const large = ben.getByRole('dialog', { name: 'Attached' });
  await large.getByRole('img', { name: 'pasted-1.png' }).waitFor(SOON);
  const reason = 'only those who handle it';
  await call(core, 'incident_ask', {
    incident,
    command: { do: 'make_private', people: ['ana'], reason },
  });
  await ben.getByRole('alert').getByText('You can no longer see this incident.').waitFor(SOON);
  await large.waitFor({ state: 'detached' });
  expect(await ben.locator('img').count()).toBe(0);
  expect(await ben.content()).not.toContain('pasted-1');
  await clean(ben);
  expect(all.errors).toEqual([]);
});
