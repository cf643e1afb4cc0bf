import { getContext, setContext } from 'svelte';

const KEY = Symbol('fixed');

/** While this says so, what stands below here is read and not edited: the core has said that this person may not. */
export const setFixed = (is: () => boolean): void => void setContext(KEY, is);

export const isFixed = (): (() => boolean) => getContext<(() => boolean) | undefined>(KEY) ?? (() => false);
