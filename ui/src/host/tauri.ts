import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { words } from '../words/en';
import { CallError, type Args, type Host, type Name, type Result } from '.';
import type { Change } from './types';

export function tauriHost(): Host {
  return {
    async call<N extends Name>(name: N, args: Args<N>): Promise<Result<N>> {
      try {
        return await invoke<Result<N>>('call', { name, args });
      } catch (error) {
        throw CallError.from(error, typeof error === 'string' ? error : words.errors.coreLost);
      }
    },
    onChange(listener) {
      void listen<Change>('change', (event) => listener(event.payload));
    },
    onPagerFocused(listener) {
      void listen('pager-focused', () => listener());
    },
  };
}
