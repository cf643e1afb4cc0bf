import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Browser } from './browser';
import { Lived } from './history';

/**
 * How fast the window is, on the real core and in a real Chromium: a JSON line a figure, each beside a bare page that does the same
 * and nothing else, in the same run. For `scripts/bench window`.
 */
const OUT = fileURLToPath(new URL('../../target/', import.meta.url));
const ENTRIES = 2_000;
const INCIDENTS = 10_000;
const OPENINGS = 60;
const KEYS = 100;
const SCROLL_MS = 5_000;

let lived: Lived;
let browser: Browser;
let page: Page;
let bare: Page;
const lines: string[] = [];
const say = (words: string) => process.stderr.write(`bench: ${words}\n`);

beforeAll(async () => {
  say(`a library of ${INCIDENTS} incidents is made, one of them with ${ENTRIES} entries`);
  lived = await Lived.with(INCIDENTS, ENTRIES);
  browser = await Browser.start();
  page = await browser.window([]);
  bare = await browser.window([]);
  for (const one of [page, bare]) {
    await one.setViewportSize({ width: 1440, height: 900 });
    // Before the program's own listener, which keeps what it understands from those behind it.
    await one.addInitScript(() =>
      addEventListener('keydown', (e) => Object.assign(window, { pressed: e.timeStamp }), { capture: true }),
    );
  }
  await bare.route('**/bare.html', (route) => route.fulfill({ contentType: 'text/html', body: BARE }));
}, 900_000);
afterAll(async () => {
  mkdirSync(OUT, { recursive: true });
  writeFileSync(`${OUT}window-bench.jsonl`, lines.map((line) => `${line}\n`).join(''));
  await browser?.stop();
  await lived?.stop();
});

const round = (n: number) => Math.round(n * 1000) / 1000;
function figure(name: string, value: number, unit: string, limit: number | null): void {
  const ratio = limit ? round(value / limit) : null;
  lines.push(JSON.stringify({ name, value: round(value), unit, limit: limit && round(limit), ratio }));
  say(`${lines[lines.length - 1]}  (load ${loadavg()[0]?.toFixed(1)} on ${cpus().length} cores)`);
}
/** The value that so many percent do not exceed (nearest rank). */
const percentile = (values: number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil((percent / 100) * values.length) - 1] ?? 0;

/** A page with nothing but a list: what it costs to fetch, to draw and to scroll without a program around it. */
const BARE = `<!doctype html><title>bare</title><style>li{padding:4px 16px;border-bottom:1px solid #8884}
#log{height:700px;overflow-y:auto}#tall{height:800px;overflow-y:auto}</style>
<div id=log role=log><ol></ol></div><script>
const log = document.querySelector('ol');
const line = (text) => { const li = document.createElement('li'); li.textContent = text; log.append(li); };
addEventListener('keydown', async (e) => {
  if (e.key === 'Enter') return line(window.next);
  if (e.key !== 'o') return;
  const detail = await (await fetch('/call/incident', { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ incident: window.incident }) })).json();
  log.replaceChildren();
  for (const one of detail.timeline.slice(-60)) line(one.entry.at + ' ' + one.entry.kind + ' ' + one.entry.text + ' ' + one.author);
  log.parentElement.scrollTop = 1e9;
});
</script>`;

/** From a key to the frame in which a line with these words is drawn; milliseconds. */
async function fromKey(of: Page, key: string, text: string): Promise<number> {
  const painted = of.evaluate(
    (text) =>
      new Promise<number>((done) => {
        const typed = window as unknown as { pressed: number };
        typed.pressed = 0;
        const look = () => {
          const drawn = [...document.querySelectorAll('[role=log] li')].slice(-3);
          if (typed.pressed === 0 || !drawn.some((li) => li.textContent?.includes(text))) {
            requestAnimationFrame(look);
            return;
          }
          // It is there before this frame is laid out and painted; a message comes when that is done.
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => done(performance.now() - typed.pressed);
          port2.postMessage(0);
        };
        requestAnimationFrame(look);
        (window as unknown as { ready: boolean }).ready = true;
      }),
    text,
  );
  await of.waitForFunction(() => (window as unknown as { ready?: boolean }).ready);
  await of.keyboard.press(key);
  const took = await painted;
  await of.evaluate(() => delete (window as unknown as { ready?: boolean }).ready);
  return took;
}

async function openBare(): Promise<void> {
  await bare.goto(`${lived.window}bare.html`);
  await bare.evaluate((id) => Object.assign(window, { incident: id }), lived.long);
}

it('a room with a long timeline is opened', async () => {
  await page.bringToFront();
  await page.goto(`${lived.window}#/incidents`);
  const room = page.getByRole('option').filter({ hasText: `case ${INCIDENTS}` });
  await room.waitFor();
  const last = `Line ${ENTRIES - 1}:`;
  const opened: number[] = [];
  for (let n = 0; n < OPENINGS; n++) {
    opened.push(await fromKey(page, 'Enter', last));
    await page.keyboard.press('Escape');
    await room.waitFor();
  }
  await bare.bringToFront();
  await openBare();
  const limits: number[] = [];
  for (let n = 0; n < OPENINGS; n++) {
    await bare.evaluate(() => document.querySelector('ol')?.replaceChildren());
    limits.push(await fromKey(bare, 'o', last));
  }
  for (const p of [50, 99])
    figure(`ui.open_incident_ms.p${p}`, percentile(opened, p), 'ms', percentile(limits, p));
  expect(opened.length).toBe(OPENINGS);
}, 600_000);

it('an entry is on the screen', async () => {
  await page.bringToFront();
  await page.goto(`${lived.window}#/incidents/${lived.long}`);
  await page.getByText(`Line ${ENTRIES - 1}:`).waitFor();
  await page.keyboard.press('w');
  const shown: number[] = [];
  for (let n = 0; n < KEYS; n++) {
    const text = `seen ${n} of ${KEYS}.`;
    await page.keyboard.insertText(text);
    shown.push(await fromKey(page, 'Enter', text));
    // Nobody writes the next one before this one is written down, which its mark says.
    await page.waitForFunction(
      () =>
        document.querySelector('textarea')?.value === '' && !document.querySelector('[role=log] .pending'),
    );
  }
  await bare.bringToFront();
  await openBare();
  const limits: number[] = [];
  for (let n = 0; n < KEYS; n++) {
    await bare.evaluate((text) => Object.assign(window, { next: text }), `bare ${n}.`);
    limits.push(await fromKey(bare, 'Enter', `bare ${n}.`));
  }
  for (const p of [50, 99])
    figure(`ui.key_to_entry_ms.p${p}`, percentile(shown, p), 'ms', percentile(limits, p));
  expect(shown.length).toBe(KEYS);
}, 600_000);

/** Scrolls what is there by 90 px a frame, and counts the frames. */
const scrolled = (of: Page, selector: string): Promise<number> =>
  of.evaluate(
    ([selector, time]) =>
      new Promise<number>((done) => {
        const box = document.querySelector(selector as string) as HTMLElement;
        let [frames, begun] = [0, 0];
        const frame = (now: number) => {
          begun ||= now;
          if (now - begun >= (time as number)) return done((frames * 1000) / (now - begun));
          frames += 1;
          box.scrollTop += 90;
          requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      }),
    [selector, SCROLL_MS] as const,
  );

it('ten thousand incidents are scrolled', async () => {
  await page.bringToFront();
  await page.goto(`${lived.window}#/incidents`);
  await page.getByRole('button', { name: `All ${INCIDENTS.toLocaleString('en-GB')}` }).click();
  await page.getByText(`case ${INCIDENTS}`).waitFor();
  const frames = [await scrolled(page, '[role=listbox]')];
  await bare.bringToFront();
  await openBare();
  await bare.evaluate(
    (px) => (document.body.innerHTML = `<div id=tall><div style="height:${px}px"></div></div>`),
    INCIDENTS * 36,
  );
  const limit = await scrolled(bare, '#tall');
  figure('ui.list_scroll_fps', percentile(frames, 50), 'fps', limit);
  expect(frames[0]).toBeGreaterThan(0);
}, 600_000);
