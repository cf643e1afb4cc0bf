/**
 * One text, written by several at once. The core of this computer is the authority that puts everybody's changes into
 * one order; here they are pushed at once, moved over those that came first, and never lost. Knows neither the screen
 * nor the core: both come as arguments.
 */
import { collab, getSyncedVersion, receiveUpdates, sendableUpdates } from '@codemirror/collab';
import { ChangeSet, Text, type EditorState, type Extension, type Transaction } from '@codemirror/state';
import type { Peer, TextOpened, TextUpdate, TextUpdates } from '../host/types';

export type Authority = {
  open(): Promise<TextOpened>;
  /** `false`: something else came first; ask for it, and push again. */
  push(version: number, updates: TextUpdate[]): Promise<boolean>;
  updates(version: number): Promise<TextUpdates>;
  presence(selection: [number, number] | null): Promise<unknown>;
};

/** Where the text is: an `EditorView`, or nothing but its state when nobody looks at it. */
export type Editor = { readonly state: EditorState; dispatch(transaction: Transaction): void };

export class Headless implements Editor {
  constructor(public state: EditorState) {}
  dispatch(transaction: Transaction): void {
    this.state = transaction.state;
  }
}

type Told = {
  /** Positions in the text as it stands here. */
  peers?: (peers: Peer[]) => void;
  /** Why it could not be pushed; `null` when it could. */
  trouble?: (error: unknown) => void;
};

type Update = { clientID: string; changes: ChangeSet };

/** Milliseconds before it is tried again when the core did not answer. */
const AGAIN_MS = 1_000;
/** How long the cursor rests before others are told of it. */
const PRESENCE_MS = 150;

export class Session {
  editor: Editor | null = null;
  told: Told = {};
  /** The text as the authority has it at the version that is known here. */
  #base: Text;
  /** The authority's count minus the editor's: another one after the text was opened anew. */
  #shift = 0;
  #running: Promise<void> | null = null;
  #pull = false;
  #again = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #present: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  private constructor(
    private readonly authority: Authority,
    readonly opened: TextOpened,
    /** The id of this window in the text. */
    readonly client: string,
  ) {
    this.#base = Text.of(opened.text.split('\n'));
  }

  static async open(authority: Authority, client: string): Promise<Session> {
    return new Session(authority, await authority.open(), client);
  }

  /** What the editor's state needs. */
  get extension(): Extension {
    return collab({ startVersion: this.opened.version, clientID: this.client });
  }

  attach(editor: Editor, told: Told = {}): void {
    this.editor = editor;
    this.told = told;
    this.#closed = false;
    this.#tellPeers(this.opened.peers);
  }

  get version(): number {
    return this.editor ? getSyncedVersion(this.editor.state) + this.#shift : this.opened.version;
  }

  /** The authority does not have everything yet. */
  get unpushed(): boolean {
    return this.editor !== null && sendableUpdates(this.editor.state).length > 0;
  }

  /** The person wrote something. */
  changed(): Promise<void> {
    return this.#run();
  }

  /** The document changed elsewhere. */
  heard(): Promise<void> {
    this.#pull = true;
    return this.#run();
  }

  /** The cursor moved. Others are told when it rests and everything before it is pushed. */
  selected(): void {
    clearTimeout(this.#present);
    this.#present = setTimeout(() => {
      if (this.#closed || !this.editor || this.unpushed) return;
      const { anchor, head } = this.editor.state.selection.main;
      void this.authority.presence([anchor, head]).catch(() => {});
    }, PRESENCE_MS);
  }

  /** Nobody looks at it any more. What was not pushed goes on being tried. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#present);
    if (this.editor) this.editor = new Headless(this.editor.state);
    this.told = {};
    await this.authority.presence(null).catch(() => {});
    await this.#run();
  }

  #run(): Promise<void> {
    this.#again = true;
    this.#running ??= (async () => {
      try {
        while (this.#again) {
          this.#again = false;
          await this.#settle();
        }
        clearTimeout(this.#retry);
        this.told.trouble?.(null);
      } catch (error) {
        this.told.trouble?.(error);
        this.#later();
      } finally {
        this.#running = null;
      }
    })();
    return this.#running;
  }

  #later(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.heard(), AGAIN_MS);
  }

  /** Until nothing is left to fetch or to push. */
  async #settle(): Promise<void> {
    if (this.#pull) {
      this.#pull = false;
      await this.#fetch();
    }
    while (this.unpushed) {
      const editor = this.#here();
      const sent: Update[] = sendableUpdates(editor.state).map((u) => ({
        clientID: this.client,
        changes: u.changes,
      }));
      const wire = sent.map((u) => ({ client: u.clientID, changes: u.changes.toJSON() as unknown }));
      if (await this.authority.push(this.version, wire)) this.#receive(sent);
      else if ((await this.#fetch()) === 0) {
        // Refused, and yet nothing came first: asked again in a moment, not in a loop.
        this.#later();
        return;
      }
    }
    this.selected();
  }

  /** How many updates came, one for a text that was opened anew. */
  async #fetch(): Promise<number> {
    const news = await this.authority.updates(this.version);
    if (news.reopen) return this.#reopen();
    try {
      this.#receive(
        news.updates.map((u) => ({ clientID: u.client, changes: ChangeSet.fromJSON(u.changes) })),
      );
    } catch {
      // Changes that do not fit this text: whatever happened, the authority's text is the one that counts.
      return this.#reopen();
    }
    this.#tellPeers(news.peers);
    return news.updates.length;
  }

  #receive(updates: Update[]): void {
    if (updates.length === 0) return;
    const editor = this.#here();
    const base = updates.reduce((text, update) => update.changes.apply(text), this.#base);
    editor.dispatch(receiveUpdates(editor.state, updates));
    this.#base = base;
  }

  /** The text is taken as it is now; what was not pushed is moved over the difference and stays to be pushed. */
  async #reopen(): Promise<number> {
    const opened = await this.authority.open();
    const text = Text.of(opened.text.split('\n'));
    this.#receive([{ clientID: '', changes: difference(this.#base, text) }]);
    this.#shift = opened.version - getSyncedVersion(this.#here().state);
    this.#tellPeers(opened.peers);
    return 1;
  }

  #here(): Editor {
    if (!this.editor) throw new Error('no editor is attached');
    return this.editor;
  }

  #tellPeers(peers: readonly Peer[]): void {
    if (!this.told.peers || !this.editor) return;
    const unpushed = sendableUpdates(this.editor.state);
    const end = this.editor.state.doc.length;
    const here = (at: number) =>
      Math.min(
        end,
        unpushed.reduce((pos, u) => u.changes.mapPos(Math.min(pos, u.changes.length)), at),
      );
    this.told.peers(peers.map((p) => ({ ...p, selection: [here(p.selection[0]), here(p.selection[1])] })));
  }
}

/** One change from a text to another: what both begin and end with is left alone. */
export function difference(from: Text, to: Text): ChangeSet {
  const [a, b] = [from.toString(), to.toString()];
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start++;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const insert = to.slice(start, b.length - end);
  return ChangeSet.of({ from: start, to: a.length - end, insert }, a.length);
}
