import { history, undo } from '@codemirror/commands';
import { ChangeSet, EditorState, Text } from '@codemirror/state';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Peer, TextOpened, TextUpdate, TextUpdates } from '../host/types';
import { Headless, Session, difference, type Authority } from './collab';

/** The core's part, in memory: one order of all changes. */
class Room implements Authority {
  text = Text.empty;
  log: TextUpdate[] = [];
  /** The version of the first update that is still there. */
  floor = 0;
  peers: Peer[] = [];
  pushes = 0;
  /** Fails like a core that does not answer. */
  deaf = false;
  listeners: (() => void)[] = [];
  /** Held back until it is let go. */
  gate: Promise<void> = Promise.resolve();

  get version(): number {
    return this.floor + this.log.length;
  }
  async open(): Promise<TextOpened> {
    await this.gate;
    return { version: this.version, text: this.text.toString(), peers: this.peers };
  }
  async push(version: number, updates: TextUpdate[]): Promise<boolean> {
    this.pushes++;
    await this.gate;
    if (this.deaf) throw new Error('deaf');
    if (version !== this.version) return false;
    for (const update of updates) {
      this.text = ChangeSet.fromJSON(update.changes).apply(this.text);
      this.log.push(JSON.parse(JSON.stringify(update)) as TextUpdate);
    }
    this.listeners.forEach((tell) => tell());
    return true;
  }
  async updates(version: number): Promise<TextUpdates> {
    await this.gate;
    if (this.deaf) throw new Error('deaf');
    if (version < this.floor || version > this.version)
      return { updates: [], peers: this.peers, reopen: true };
    return { updates: this.log.slice(version - this.floor), peers: this.peers, reopen: false };
  }
  presence = vi.fn(async () => {});
  /** Everything up to now can no longer be asked for; the count starts over somewhere else. */
  forget(version: number): void {
    this.log = [];
    this.floor = version;
  }
}

async function editor(room: Room, client: string) {
  const session = await Session.open(room, client);
  const view = new Headless(
    EditorState.create({ doc: session.opened.text, extensions: [history(), session.extension] }),
  );
  session.attach(view);
  const type = (at: number, insert: string, to = at) => {
    view.dispatch(view.state.update({ changes: { from: at, to, insert } }));
    return session.changed();
  };
  return { session, view, type, text: () => view.state.doc.toString() };
}
const settled = async () => {
  for (let i = 0; i < 40; i++) await Promise.resolve();
};

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('pushes what is typed at once', async () => {
  const room = new Room();
  const ana = await editor(room, 'ana');
  await ana.type(0, '# Overview\n');
  expect(room.text.toString()).toBe('# Overview\n');
  expect(ana.session.unpushed).toBe(false);
  expect(ana.session.version).toBe(1);
});

it('two editors that write at the same time come to one text', async () => {
  const room = new Room();
  const ana = await editor(room, 'ana');
  const ben = await editor(room, 'ben');
  await ana.type(0, 'one\ntwo\n');
  await ben.session.heard();
  expect(ben.text()).toBe('one\ntwo\n');
  await Promise.all([ana.type(0, 'A '), ben.type(8, 'three\n')]);
  await Promise.all([ana.session.heard(), ben.session.heard()]);
  expect(ana.text()).toBe('A one\ntwo\nthree\n');
  expect(ben.text()).toBe(ana.text());
  expect(room.text.toString()).toBe(ana.text());
});

it('a rejected push is moved over what came first and pushed again', async () => {
  const room = new Room();
  const ana = await editor(room, 'ana');
  const ben = await editor(room, 'ben');
  await ana.type(0, 'late ');
  const before = room.pushes;
  await ben.type(0, 'early');
  expect(room.pushes - before).toBe(2);
  expect(room.text.toString()).toBe(ben.text());
  expect(ben.text()).toContain('early');
  expect(ben.text()).toContain('late ');
});

it('keys while a push is on its way are pushed after it, once', async () => {
  const room = new Room();
  const ana = await editor(room, 'ana');
  let go = () => {};
  room.gate = new Promise((done) => (go = done));
  const first = ana.type(0, 'a');
  void ana.type(1, 'b');
  void ana.type(2, 'c');
  void ana.session.heard();
  go();
  await first;
  await settled();
  expect(room.text.toString()).toBe('abc');
  expect(ana.text()).toBe('abc');
  expect(ana.session.unpushed).toBe(false);
});

it('a text that was opened anew keeps what was not pushed', async () => {
  const room = new Room();
  const ana = await editor(room, 'ana');
  const ben = await editor(room, 'ben');
  await ana.type(0, 'first\nlast\n');
  await ben.session.heard();
  // Ben's computer cannot push; meanwhile the text goes on and its history is merged.
  room.deaf = true;
  await ben.type(6, 'mine\n');
  expect(ben.session.unpushed).toBe(true);
  room.deaf = false;
  await ana.type(11, 'end\n');
  room.forget(500);
  await ben.session.heard();
  expect(room.text.toString()).toBe('first\nmine\nlast\nend\n');
  expect(ben.text()).toBe(room.text.toString());
  expect(ben.session.version).toBe(501);
  await ana.session.heard();
  expect(ana.text()).toBe(ben.text());
  await ben.type(0, '!');
  expect(room.text.toString()).toBe('!first\nmine\nlast\nend\n');
});

it('opens anew also when the count starts over below', async () => {
  const room = new Room();
  const ana = await editor(room, 'ana');
  await ana.type(0, 'a');
  await ana.type(1, 'b');
  room.forget(0);
  room.text = Text.of(['ab and more']);
  await ana.type(2, '!');
  expect(room.text.toString()).toBe(ana.text());
  expect(ana.text()).toContain('!');
  expect(ana.text()).toContain(' and more');
  expect(ana.session.version).toBe(1);
});

it('changes that do not fit lead to the authority’s text, not to a wrong one', async () => {
  const room = new Room();
  const ana = await editor(room, 'ana');
  await ana.type(0, 'abc');
  room.log.push({ client: 'x', changes: [99, [0, 'z']] });
  room.text = Text.of(['abcz']);
  await ana.session.heard();
  expect(ana.text()).toBe('abcz');
});

it('says what is wrong, and tries again by itself', async () => {
  const room = new Room();
  const ana = await editor(room, 'ana');
  const trouble = vi.fn();
  ana.session.told = { trouble };
  room.deaf = true;
  await ana.type(0, 'kept');
  expect(trouble).toHaveBeenLastCalledWith(expect.any(Error));
  expect(ana.text()).toBe('kept');
  room.deaf = false;
  await vi.advanceTimersByTimeAsync(1_100);
  expect(room.text.toString()).toBe('kept');
  expect(trouble).toHaveBeenLastCalledWith(null);
});

it('goes on pushing after the screen is left', async () => {
  const room = new Room();
  const ana = await editor(room, 'ana');
  room.deaf = true;
  await ana.type(0, 'kept');
  await ana.session.close();
  expect(room.presence).toHaveBeenLastCalledWith(null);
  room.deaf = false;
  await vi.advanceTimersByTimeAsync(1_100);
  expect(room.text.toString()).toBe('kept');
});

it('undo takes back one’s own words only', async () => {
  const room = new Room();
  const ana = await editor(room, 'ana');
  const ben = await editor(room, 'ben');
  await ana.type(0, 'ana');
  await ben.session.heard();
  await ben.type(3, ' ben');
  await ana.session.heard();
  expect(ana.text()).toBe('ana ben');
  undo({ state: ana.view.state, dispatch: (tr) => ana.view.dispatch(tr) });
  await ana.session.changed();
  expect(ana.text()).toBe(' ben');
  expect(room.text.toString()).toBe(' ben');
});

it('tells others where the cursor is once everything is pushed', async () => {
  const room = new Room();
  const ana = await editor(room, 'ana');
  await ana.type(0, 'hello');
  ana.view.dispatch(ana.view.state.update({ selection: { anchor: 2, head: 4 } }));
  ana.session.selected();
  await vi.advanceTimersByTimeAsync(200);
  expect(room.presence).toHaveBeenLastCalledWith([2, 4]);
});

it('moves others’ cursors over what is not pushed yet', async () => {
  const room = new Room();
  const ana = await editor(room, 'ana');
  await ana.type(0, 'hello');
  const peers = vi.fn();
  ana.session.told = { peers };
  room.peers = [{ person: 'ben', name: 'Ben', device: 'd', selection: [5, 99] }];
  await ana.session.heard();
  expect(peers.mock.calls[0]?.[0][0].selection).toEqual([5, 5]);
});

it('counts in UTF-16', async () => {
  const room = new Room();
  const ana = await editor(room, 'ana');
  const ben = await editor(room, 'ben');
  await ana.type(0, '🔔🔔');
  await ben.session.heard();
  await ben.type(2, 'x');
  expect(room.text.toString()).toBe('🔔x🔔');
});

it('random writing at the same time always ends in one text', async () => {
  let seed = 7;
  const random = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  const room = new Room();
  const all = await Promise.all(['a', 'b', 'c'].map((c) => editor(room, c)));
  room.listeners = all.map((e) => () => void e.session.heard());
  for (let i = 0; i < 200; i++) {
    const one = all[random(3)];
    if (!one) continue;
    const length = one.text().length;
    const from = random(length + 1);
    void one.type(
      from,
      random(3) ? String.fromCharCode(97 + random(26)) : '',
      Math.min(length, from + random(3)),
    );
    if (random(4) === 0) await settled();
    if (random(40) === 0) room.forget(random(1_000));
  }
  for (let i = 0; i < 5; i++) {
    await Promise.all(all.map((e) => e.session.heard()));
    await vi.advanceTimersByTimeAsync(1_100);
  }
  for (const one of all) expect(one.text()).toBe(room.text.toString());
});

it('a difference is one change', () => {
  const apply = (a: string, b: string) =>
    difference(Text.of(a.split('\n')), Text.of(b.split('\n')))
      .apply(Text.of(a.split('\n')))
      .toString();
  for (const [a, b] of [
    ['', ''],
    ['aaa', 'aa'],
    ['one\ntwo', 'one\nand\ntwo'],
    ['abc', 'xyz'],
  ] as const)
    expect(apply(a, b)).toBe(b);
});
