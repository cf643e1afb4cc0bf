import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Attachment } from '../src/host/types';
import { Browser } from './browser';
import * as f from './fixtures';
import * as l from './library';
import { Mock } from './mock';
import { picture } from './picture';
import { Written, comment, postmortem } from './postmortem';

/** What is written in a postmortem, on a core that says what it is told to say, as slowly as it is told. */
let mock: Mock;
let browser: Browser;
let page: Page;
let errors: string[];
/** What the core keeps of forms. */
let typed: Map<string, string>;
const asked = (name: string) => mock.asked.filter((a) => a.name === name).map((a) => a.args);

beforeAll(async () => {
  mock = await Mock.start();
  browser = await Browser.start();
});
afterAll(async () => {
  await browser?.stop();
  mock?.stop();
});
beforeEach(async () => {
  mock.asked.length = 0;
  typed = new Map();
  mock.answers = {
    state: () => f.state(),
    ...l.answers(),
    text_open: () => ({ version: 0, text: 'The queue filled up.', peers: [] }),
    typed_all: () => Object.fromEntries(typed),
    typed_keep: ({ form, words }) => {
      typed.set(form, words);
      return null;
    },
  };
  errors = [];
  page = await browser.window(errors);
});
afterEach(async () => {
  await page.close();
  expect(errors).toEqual([]);
});

const section = () => page.getByRole('region', { name: 'Summary', exact: true });
const text = () => page.locator('.cm-content');
async function open(view = postmortem()): Promise<Written> {
  const written = new Written(mock, view);
  mock.answers = { ...mock.answers, ...written.answers };
  await page.goto(`${mock.url}#/postmortems/${l.CHECKOUT}`);
  await section().waitFor();
  return written;
}
async function write(): Promise<void> {
  await section().getByRole('button', { name: 'Write: Summary' }).click();
  await text().click();
  await page.keyboard.press('Control+Home');
}
const isFocused = (on: Locator) => on.evaluate((at) => at === document.activeElement);

/** A picture that the core takes in only when it is let. */
function slowly(): () => void {
  let let_ = () => {};
  const allowed = new Promise<void>((resolve) => (let_ = resolve));
  const taken: Attachment = {
    hash: 'a'.repeat(64),
    name: 'graph.png',
    media_type: 'image/png',
    size: 9,
    width: 30,
    height: 20,
  };
  mock.answers.attachment_add = async () => {
    await allowed;
    return taken;
  };
  return let_;
}
const paste = (into: Locator) =>
  into.evaluate(
    (at, base64) => {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], 'graph.png', { type: 'image/png' }));
      at.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: data }));
    },
    picture(30, 20),
  );
/** What was put into a text, as the core was told. */
const pushed = () => JSON.stringify(asked('text_push'));

it('other words that were begun for a passage are there again when the window is', async () => {
  await open();
  await write();
  for (let i = 0; i < 'The queue'.length; i++) await page.keyboard.press('Shift+ArrowRight');
  const suggest = section().getByRole('button', { name: 'Suggest other words' });
  await suggest.click();
  const instead = page.getByLabel('Write instead');
  await expect.poll(() => instead.inputValue()).toBe('The queue');
  await page.keyboard.type('The queue of orders');
  await expect.poll(() => [...typed.keys()].some((form) => form.endsWith(':instead'))).toBe(true);
  await page.reload();
  await section().waitFor();
  await write();
  for (let i = 0; i < 'The queue'.length; i++) await page.keyboard.press('Shift+ArrowRight');
  await suggest.click();
  await expect.poll(() => instead.inputValue()).toBe('The queue of orders');
  // For another passage they mean nothing.
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+Home');
  for (let i = 0; i < 'The'.length; i++) await page.keyboard.press('Shift+ArrowRight');
  await suggest.click();
  await expect.poll(() => instead.inputValue()).toBe('The');
  await page.keyboard.type('A');
  mock.answers.postmortem_comment = () => 'f'.repeat(32);
  await page.keyboard.press('Enter');
  await instead.waitFor({ state: 'detached' });
  expect(asked('postmortem_comment')).toMatchObject([{ comment: { place: [0, 3], suggestion: 'A' } }]);
  await expect.poll(() => [...typed.values()].filter((words) => words !== '')).toEqual([]);
});

it('other words that are corrected are kept until they are sent, also when none are left', async () => {
  const mine = comment({ text: '', suggestion: 'The queue of orders filled up.', mine: true });
  await open(postmortem({ comments: [mine] }));
  await page.keyboard.press('m');
  await page.keyboard.press('e');
  const instead = page.getByLabel('Write instead');
  await instead.waitFor();
  await expect.poll(() => isFocused(instead)).toBe(true);
  await page.keyboard.press('Delete');
  await page.keyboard.press('Escape');
  await instead.waitFor({ state: 'detached' });
  await page.keyboard.press('e');
  await instead.waitFor();
  expect(await instead.inputValue()).toBe('');
  await page.keyboard.press('Enter');
  await expect
    .poll(() => asked('postmortem_set'))
    .toMatchObject([{ change: { what: 'comment', id: mine.comment.id, comment: { suggestion: '' } } }]);
});

it('a picture that was pasted into the public version just before it is closed is there all the same', async () => {
  for (const close of ['in the text', 'by its button', 'beside it']) {
    mock.asked.length = 0;
    const take = slowly();
    await open();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('public version');
    await page.keyboard.press('Enter');
    const sheet = page.getByRole('dialog', { name: 'Public version' });
    await text().click();
    await paste(text());
    await expect.poll(() => asked('attachment_add').length).toBe(1);
    if (close === 'in the text') await page.keyboard.press('Escape');
    else if (close === 'by its button') await sheet.getByRole('button', { name: 'Close' }).click();
    else await page.mouse.click(5, 5);
    take();
    await sheet.waitFor({ state: 'detached' });
    await expect.poll(pushed).toContain('![graph.png](attachment:aaaa');
    expect(await text().count()).toBe(0);
  }
});

it('whoever clicks back into the text while a picture is taken in goes on writing', async () => {
  const take = slowly();
  await open();
  await write();
  await paste(text());
  await expect.poll(() => asked('attachment_add').length).toBe(1);
  await page.keyboard.press('Escape');
  await text().click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' Since');
  take();
  await expect.poll(pushed).toContain('![graph.png]');
  await page.keyboard.type(' 14:02');
  await expect.poll(() => text().textContent()).toContain('Since 14:02');
  await page.keyboard.press('Escape');
  await text().waitFor({ state: 'detached' });
});

it('a line that is linked stands behind the words that are selected, and the cursor behind it', async () => {
  await open();
  await write();
  for (let i = 0; i < 'The queue'.length; i++) await page.keyboard.press('Shift+ArrowRight');
  await page.getByRole('button', { name: /^Evidence/ }).click();
  await page.getByRole('listbox', { name: 'Lines of the record' }).focus();
  await page.keyboard.press('l');
  await expect
    .poll(() => text().textContent())
    .toMatch(/^The queue\[\d\d:\d\d a slow query\]\(#line-entry_1\) filled up/);
  await page.keyboard.type(', then');
  await expect.poll(() => text().textContent()).toMatch(/^The queue\[.*\]\(#line-entry_1\), then filled up/);
});
