import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WindowState } from '../src/host/types';
import { Browser, accessibility } from './browser';
import * as f from './fixtures';
import * as l from './library';
import { Mock, type Answers } from './mock';

const OUT = fileURLToPath(new URL('../../target/screens/', import.meta.url));
const SIZES = [
  { width: 1000, height: 700 },
  { width: 1440, height: 900 },
];

export type Scene = {
  name: string;
  hash: string;
  state?: Partial<WindowState>;
  answers?: Answers;
  sizes?: typeof SIZES;
  /** What must be there before the picture is taken. */
  see: string;
  then?: (page: Page, mock: Mock) => Promise<void>;
  /** What is told to a screen reader of this part of the window, kept in a file. */
  aria?: string;
};

/** Times and what depends on them: a told tree is the same on every day. */
const still = (tree: string): string =>
  tree
    // Which lines share a minute, and so have seconds, depends on the second in which the test runs.
    .replace(/\b\d{4}-\d{2}-\d{2} (?=\d{2}:\d{2}\b)/g, 'yyyy-mm-dd ')
    .replace(/\b((Mon|Tue|Wed|Thu|Fri|Sat|Sun)( \d{1,2} \w{3})? )?\d{2}:\d{2}(:\d{2})?\b/g, 'hh:mm')
    .replace(/\bnext review \d{1,2} \w{3}( \d{4})?/g, 'next review on a day')
    .replace(/just now|\d+ (min|h|d) ago/g, 'some time ago')
    .replace(/\b\d+ d \d+ h\b|\b\d+ h( \d+ min)?\b|\b\d+ min\b/g, 'a while')
    .split('\n')
    // Between the lines of two days stands the day.
    .filter((line) => !/listitem: (Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} \w{3}$/.test(line))
    .join('\n');

/** Every screen in every state, both themes, two sizes: clean for axe, without an error, on a picture. */
export function drawn(scenes: Scene[]): void {
  let mock: Mock;
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(OUT, { recursive: true });
    mock = await Mock.start();
    browser = await Browser.start();
  });
  afterAll(async () => {
    await browser?.stop();
    mock?.stop();
  });

  const wanted = process.env['SCENES']?.split(',');
  describe.each(['dark', 'light'] as const)('%s', (theme) => {
    it.each(scenes.filter((s) => !wanted || wanted.includes(s.name)))('$name', async (scene) => {
      mock.answers = {
        state: () => f.state(scene.state),
        page: () => f.detail(scene.state?.pages?.find((r) => r.page.id === f.PAGE) ?? f.ringing),
        pages_ended: () => f.ended,
        channels: () => f.channels,
        devices: () => f.devices,
        silences: () => f.silences,
        diagnostics: () => f.diagnostics,
        sounds: () => ['bell', 'chime', 'siren'],
        ...l.answers(),
        ...scene.answers,
      };
      const errors: string[] = [];
      const page = await browser.window(errors);
      try {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        for (const size of scene.sizes ?? SIZES) {
          await page.setViewportSize(size);
          await page.goto('about:blank');
          await page.goto(mock.url + scene.hash);
          await page.getByText(scene.see).first().waitFor();
          await scene.then?.(page, mock);
          await page.screenshot({ path: `${OUT}${scene.name}-${size.width}-${theme}.png` });
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect(wide, 'nothing sticks out sideways').toBeLessThanOrEqual(0);
        }
        expect(await accessibility(page)).toEqual([]);
        if (scene.aria && theme === 'dark') {
          const told = still(await page.locator(scene.aria).ariaSnapshot());
          await expect(`${told}\n`).toMatchFileSnapshot(`told/${scene.name}.yml`);
        }
        expect(errors).toEqual([]);
      } finally {
        await page.close();
      }
    });
  });
}
