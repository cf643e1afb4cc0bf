import type { Change, Commands } from './types';

export type Name = keyof Commands;
export type Args<N extends Name> = Commands[N]['args'];
export type Result<N extends Name> = Commands[N]['result'];

/** The one door between the window and the core of this computer. */
export interface Host {
  call<N extends Name>(name: N, args: Args<N>): Promise<Result<N>>;
  /** Told when something changed; asking again is the listener's part. `lost` and `found`: the core itself. */
  onChange(listener: (change: Change | { topic: 'lost' } | { topic: 'found' }) => void): void;
  /** The shell's own word that the pager window has the focus. */
  onPagerFocused(listener: () => void): void;
}

/** An error of the core: `code` is stable, `words` are for the person. */
export class CallError extends Error {
  constructor(
    readonly code: string,
    readonly words: string,
  ) {
    super(words);
    this.name = 'CallError';
  }

  /** From whatever was thrown or answered. */
  static from(thing: unknown, otherwise: string): CallError {
    if (thing instanceof CallError) return thing;
    if (typeof thing === 'object' && thing !== null && 'words' in thing && typeof thing.words === 'string') {
      const code = 'code' in thing && typeof thing.code === 'string' ? thing.code : 'unknown';
      return new CallError(code, thing.words);
    }
    return new CallError('lost', otherwise);
  }
}

/** Tauri inside the app, the loopback core in a browser. */
export async function connect(): Promise<Host> {
  return '__TAURI_INTERNALS__' in globalThis
    ? (await import('./tauri')).tauriHost()
    : (await import('./web')).webHost();
}
