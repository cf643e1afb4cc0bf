import { history, isolateHistory, redo, undo } from '@codemirror/commands';
import { EditorState, type TransactionSpec } from '@codemirror/state';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Headless, Session } from '../src/live/collab';
import { call } from './history';
import { World } from './world';

/** Editors without a screen on the real cores of two people, and the real server between them. */
let world: World;
const cores: Record<'ana' | 'ben', string> = { ana: '', ben: '' };
let incident = '';
const SOON = { timeout: 60_000, interval: 50 };

beforeAll(async () => {
  world = await World.server();
  for (const who of ['ana', 'ben'] as const)
    cores[who] = (await world.desktop(who, `${who}@example.com`)).window;
  const online = async (core: string) => (await call(core, 'sync_state', {})).connected;
  await vi.waitUntil(async () => (await online(cores.ana)) && (await online(cores.ben)), SOON);
  incident = await call(cores.ana, 'incident_declare', {
    declaration: {
      title: 'Checkout is down',
      severity: 'SEV3',
      services: [],
      detection: null,
      detected_at: null,
      page: null,
    },
    people: null,
  });
  const isThere = () =>
    call(cores.ben, 'incident_row', { incident }).then(
      () => true,
      () => false,
    );
  await vi.waitUntil(isThere, SOON);
});
afterAll(() => world?.stop());

/** An editor of a section, as the window has one: it is told of changes by its core. */
async function editor(core: string, section: string, client: string) {
  const document = `postmortem/${incident}#${section}`;
  const session = await Session.open(
    {
      open: () => call(core, 'text_open', { document }),
      push: (version, updates) => call(core, 'text_push', { document, version, updates }),
      updates: (version) => call(core, 'text_updates', { document, version }),
      presence: () => Promise.resolve(),
    },
    client,
  );
  const view = new Headless(
    EditorState.create({
      doc: session.opened.text,
      extensions: [
        history({ minDepth: 100_000 }),
        session.extension,
        EditorState.allowMultipleSelections.of(true),
      ],
    }),
  );
  session.attach(view);
  return {
    session,
    text: () => view.state.doc.toString(),
    length: () => view.state.doc.length,
    edit: (spec: TransactionSpec) => view.dispatch(view.state.update(spec)),
    undo: () => undo({ state: view.state, dispatch: (tr) => view.dispatch(tr) }),
    redo: () => redo({ state: view.state, dispatch: (tr) => view.dispatch(tr) }),
  };
}
type Editor = Awaited<ReturnType<typeof editor>>;

/** What several type for a while: each their own letters, and each takes back only what they wrote. */
class Typists {
  #seed: number;
  constructor(
    seed: number,
    private readonly hands: readonly { editor: Editor; letters: readonly string[] }[],
  ) {
    this.#seed = seed;
  }
  random(n: number): number {
    this.#seed = (this.#seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor(this.#seed / 65_536) % n;
  }
  /** A place between two characters: none of them is torn apart. */
  #place(text: string): number {
    const at = this.random(text.length + 1);
    return /[\uDC00-\uDFFF]/.test(text[at] ?? '') ? at - 1 : at;
  }
  #own(text: string, letters: readonly string[]): { from: number; to: number }[] {
    const found: { from: number; to: number }[] = [];
    let at = 0;
    for (const character of text) {
      if (letters.includes(character)) found.push({ from: at, to: at + character.length });
      at += character.length;
    }
    return found;
  }
  async step(): Promise<void> {
    const hand = this.hands[this.random(this.hands.length)];
    if (!hand) return;
    const { editor, letters } = hand;
    const text = editor.text();
    const letter = () => letters[this.random(letters.length)] ?? '';
    const own = this.#own(text, letters);
    switch (this.random(10)) {
      case 0:
        editor.undo();
        break;
      case 1:
        editor.redo();
        break;
      case 2: {
        const gone = own[this.random(own.length)];
        if (gone) editor.edit({ changes: gone, userEvent: 'delete.backward' });
        break;
      }
      case 3: {
        // Two cursors at once.
        const places = [this.#place(text), this.#place(text)];
        editor.edit({ changes: [...new Set(places)].map((from) => ({ from, insert: letter() })) });
        break;
      }
      default:
        editor.edit({
          changes: { from: this.#place(text), insert: letter() + letter() },
          annotations: this.random(3) === 0 ? isolateHistory.of('full') : [],
          userEvent: 'input.type',
        });
    }
    const settled = editor.session.changed();
    if (this.random(3) === 0) await settled;
    const other = this.hands[this.random(this.hands.length)];
    if (other && this.random(2) === 0) await other.editor.session.heard();
  }
}

async function agreed(editors: readonly Editor[], seed: number): Promise<string> {
  await vi
    .waitUntil(async () => {
      await Promise.all(editors.map((e) => e.session.heard()));
      const text = editors[0]?.text();
      return editors.every((e) => !e.session.unpushed && e.text() === text);
    }, SOON)
    .catch(() => {
      throw new Error(
        `seed ${seed}: the texts differ:\n${editors.map((e) => JSON.stringify(e.text())).join('\n')}`,
      );
    });
  return editors[0]?.text() ?? '';
}

const ANA = ['a', 'A', '🔔', 'ä', '\n'];
const BEN = ['b', 'B', '🚲', 'ß', ' '];
const ANA_TOO = ['x', 'X', '👩'];

it.each([1, 2, 3, 4, 5, 6])(
  'whatever is typed at once, undone and redone on two computers is one text, and undoing all of it leaves the others’ words (seed %i)',
  async (seed) => {
    const section = ['summary', 'impact', 'causes', 'well', 'improve', 'lessons'][seed - 1] ?? 'summary';
    const first = await editor(cores.ana, section, 'ana-1');
    const second = await editor(cores.ana, section, 'ana-2');
    const ben = await editor(cores.ben, section, 'ben-1');
    const all = [first, second, ben];
    const typists = new Typists(seed, [
      { editor: first, letters: ANA },
      { editor: second, letters: ANA_TOO },
      { editor: ben, letters: BEN },
    ]);
    for (let n = 0; n < 300; n++) await typists.step();
    const together = await agreed(all, seed);
    const count = (text: string, letters: readonly string[]) =>
      [...text].filter((c) => letters.includes(c)).join('');
    const others = count(together, [...BEN, ...ANA_TOO]);

    while (first.undo()) await first.session.changed();
    const left = await agreed(all, seed);
    expect(count(left, ANA), `seed ${seed}: all that Ana wrote in her first window is undone`).toBe('');
    expect(left, `seed ${seed}: and nothing of the others`).toBe(others);

    while (first.redo()) await first.session.changed();
    const again = await agreed(all, seed);
    const sorted = (text: string) => [...text].sort().join('');
    expect(sorted(again), `seed ${seed}: redone, every letter is there again`).toBe(sorted(together));
  },
  180_000,
);

it('killed in mid-sentence, the program has what was written down, and a beginning of what was not', async () => {
  const dir = 'killed';
  const desktop = await world.desktop(dir, 'chi@example.com');
  const isThere = () =>
    call(desktop.window, 'incident_row', { incident }).then(
      () => true,
      () => false,
    );
  await vi.waitUntil(isThere, SOON);
  await world.stopServer();
  await vi.waitUntil(async () => !(await call(desktop.window, 'sync_state', {})).connected, SOON);
  const waiting = async () => (await call(desktop.window, 'sync_state', {})).waiting;
  const before = await waiting();
  const chi = await editor(desktop.window, 'lucky', 'chi-1');
  const kept = 'The queue was empty by chance. ';
  chi.edit({ changes: { from: 0, insert: kept } });
  await chi.session.changed();
  await vi.waitUntil(async () => (await waiting()) > before, SOON);
  const typed = 'Had it been Monday, ten thousand orders would have waited for the night.';
  for (const letter of typed) {
    chi.edit({ changes: { from: chi.length(), insert: letter } });
    await chi.session.changed();
  }
  await desktop.kill();

  const again = await world.desktop(dir);
  const text = await vi.waitUntil(
    () =>
      call(again.window, 'text_open', { document: `postmortem/${incident}#lucky` }).then(
        (opened) => opened.text,
        () => null,
      ),
    SOON,
  );
  expect(text?.startsWith(kept)).toBe(true);
  expect(kept + typed).toContain(text);
});
