import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { Browser, accessibility } from './browser';
import { call } from './history';
import { World } from './world';

const PICTURES = fileURLToPath(new URL('../../target/screens/', import.meta.url));
/** Until the others know: a round over the server, or a new connection. */
export const SOON = { timeout: 30_000 };
export const LATER = { timeout: 60_000 };

/** A window in dark that has found the server. */
async function shown(browser: Browser, errors: string[], address: string): Promise<Page> {
  const page = await browser.window(errors);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await page.goto(address);
  await page.getByText(/^Connected to/).waitFor(SOON);
  return page;
}

/** Ana and Ben, each with a window and a core of their own, and an incident that they have just resolved. */
export class Authors {
  private constructor(
    /** What the windows said that they should not. */
    readonly errors: string[],
    readonly world: World,
    private readonly browser: Browser,
    /** What their pictures are called. */
    private readonly story: string,
    readonly ana: Page,
    readonly ben: Page,
    /** Of Ana's core. */
    readonly core: string,
    readonly incident: string,
  ) {}

  /** `meanwhile`: what was done while the incident was open. */
  static async start(
    story: string,
    meanwhile: (core: string, incident: string) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<Authors> {
    mkdirSync(PICTURES, { recursive: true });
    const world = await World.server();
    const browser = await Browser.start();
    const errors: string[] = [];
    const window = async (name: string): Promise<[Page, string]> => {
      const desktop = await world.desktop(name, `${name}@example.com`);
      return [await shown(browser, errors, desktop.window), desktop.window];
    };
    const [ana, core] = await window('ana');
    const [ben] = await window('ben');
    const incident = await call(core, 'incident_declare', {
      declaration: {
        title: 'Checkout is down',
        severity: 'SEV1',
        services: ['payments-api'],
        detection: 'monitoring_alert',
        detected_at: new Date(Date.now() - 50 * 60_000).toISOString(),
        page: null,
        commands: true,
      },
      people: null,
    });
    await meanwhile(core, incident);
    await call(core, 'incident_ask', { incident, command: { do: 'set_status', to: 'resolved' } });
    return new Authors(errors, world, browser, story, ana, ben, core, incident);
  }

  /** Both read its postmortem. */
  async open(): Promise<void> {
    for (const page of [this.ana, this.ben]) {
      await go(page, 'g', 'm');
      await page.getByRole('option', { name: /Checkout is down/ }).click(SOON);
      await section(page, 'Summary').waitFor(SOON);
    }
  }

  /** The window of one more desktop. */
  window = (address: string): Promise<Page> => shown(this.browser, this.errors, address);

  picture = (page: Page, name: string): Promise<unknown> =>
    page.screenshot({ path: `${PICTURES}real-${this.story}-${name}.png` });

  async failed(): Promise<void> {
    await this.picture(this.ana, 'failed-ana');
    await this.picture(this.ben, 'failed-ben');
  }

  async stop(): Promise<void> {
    await this.browser.stop();
    await this.world.stop();
  }
}

export async function go(page: Page, ...keys: string[]): Promise<void> {
  await page.bringToFront();
  for (const key of keys) await page.keyboard.press(key);
}
export const section = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true });
export const editor = (page: Page, name: string): Locator => section(page, name).locator('.cm-content');

/** Nothing that a person with a reader or a keyboard would stumble over, in both themes. */
export async function clean(...pages: Page[]): Promise<void> {
  for (const page of pages)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect(await accessibility(page)).toEqual([]);
    }
}

export async function write(page: Page, name: string): Promise<Locator> {
  await page.bringToFront();
  const text = editor(page, name);
  if ((await text.count()) === 0)
    await section(page, name)
      .getByRole('button', { name: `Write: ${name}` })
      .click();
  await text.click();
  return text;
}
