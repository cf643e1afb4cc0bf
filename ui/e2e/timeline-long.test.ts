import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Browser } from './browser';
import * as f from './fixtures';
import * as l from './library';
import { Mock } from './mock';
import { room } from './room';

/** A night of 300 lines, read from its end. */
let mock: Mock;
let browser: Browser;
let page: Page;
let lines = Array.from({ length: 300 }, (_, n) => l.entry(-300 + n, 'note', `Line ${n} of the night`, 'ben'));

const log = () => page.getByRole('log');
/** Where a line is on the screen, in pixels from the top of the journal. */
const placeOf = async (text: string) => {
  const [line, box] = await Promise.all([
    log().getByText(text, { exact: true }).boundingBox(),
    log().boundingBox(),
  ]);
  return Math.round((line?.y ?? NaN) - (box?.y ?? NaN));
};

beforeAll(async () => {
  mock = await Mock.start();
  browser = await Browser.start();
  const theories = Array.from({ length: 30 }, (_, n) => ({
    ...room().hypotheses[0]!,
    entry: `theory-${n}`,
    text: `Theory ${n}`,
  }));
  mock.answers = {
    state: () => f.state({}),
    ...l.answers(),
    incident: () => l.detail(l.checkout, { timeline: lines, room: { ...room(), hypotheses: theories } }),
  };
  page = await browser.window([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${mock.url}#/incidents/${l.CHECKOUT}`);
  await log().getByText('Line 299 of the night').waitFor();
});
afterAll(async () => {
  await browser?.stop();
  mock?.stop();
});

it('has the end of it at once, and what came before as the reader comes near it, without a jump', async () => {
  expect(await log().getByText('Line 100 of the night').count()).toBe(0);
  const nearTop = log().getByText('Line 245 of the night', { exact: true });
  await nearTop.evaluate((line) => line.scrollIntoView({ block: 'start' }));
  await log().getByText('Line 190 of the night', { exact: true }).waitFor({ state: 'attached' });
  expect(Math.abs(await placeOf('Line 245 of the night'))).toBeLessThan(8);
});

it('what is read stays where it is while others write on', async () => {
  const was = await placeOf('Line 245 of the night');
  lines = [...lines, ...[0, 1, 2].map((n) => l.entry(1 + n, 'note', `Written meanwhile ${n}`, 'chi'))];
  mock.tell({ topic: 'incident', incident: l.CHECKOUT });
  await page.getByRole('button', { name: /3 new lines/ }).waitFor();
  expect(await placeOf('Line 245 of the night')).toBe(was);
  await page.getByRole('button', { name: /3 new lines/ }).click();
  await log().getByText('Written meanwhile 2').waitFor();
});

it('the board has the likeliest theories, and all of them when asked', async () => {
  const board = page.getByRole('region', { name: 'Hypotheses' });
  expect(await board.getByRole('listitem').count()).toBe(12);
  await board.getByRole('button', { name: 'Show all 30' }).click();
  expect(await board.getByRole('listitem').count()).toBe(30);
});
