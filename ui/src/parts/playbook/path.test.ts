import { describe, expect, it } from 'vitest';
import { addressOf, at, isWithin, keysOf, put, lettersFor, slugFor } from './path';

describe('a value of the playbook', () => {
  it('is found, set and taken away where it stands', () => {
    const thing = { severities: { SEV1: { examples: ['a', 'b'] } } };
    expect(at(thing, ['severities', 'SEV1', 'examples', '1'])).toBe('b');
    expect(at(thing, ['severities', 'SEV9', 'examples', '1'])).toBeUndefined();
    expect(put(thing, ['severities', 'SEV1', 'examples', '1'], 'c')).toBe(true);
    expect(thing.severities.SEV1.examples).toEqual(['a', 'c']);
    expect(put(thing, ['severities', 'SEV1', 'examples'], undefined)).toBe(true);
    expect(thing).toEqual({ severities: { SEV1: {} } });
    expect(put(thing, ['nowhere', 'x'], 1)).toBe(false);
  });
  it('is found by its path, whatever signs its name has', () => {
    const thing = { jargon: { 'node.js': 'x', node: 'y' } };
    expect(keysOf(thing, 'jargon.node.js')).toEqual(['jargon', 'node.js']);
    expect(keysOf(thing, 'jargon.node')).toEqual(['jargon', 'node']);
    expect(keysOf(thing, 'jargon.ruby')).toBeNull();
  });
  it('knows what lies within it', () => {
    expect(isWithin('checklists.close[2].text', 'checklists.close')).toBe(true);
    expect(isWithin('updates.templates.public', 'updates.templates.public.resolved')).toBe(false);
    expect(isWithin('channel.prefix', 'channel.pre')).toBe(false);
  });
});

describe('what is wrong', () => {
  it('leads to where it is put right', () => {
    expect(addressOf('severities.SEV3.watch_for')).toBe('severities/SEV3');
    expect(addressOf('updates.templates.public.resolved')).toBe('templates/public.resolved');
    expect(addressOf('updates.no_news')).toBe('templates/no_news');
    expect(addressOf('updates.remind_before')).toBe('updates');
    expect(addressOf('hand_over.offer')).toBe('roles');
    expect(addressOf('runbooks.sections[1]')).toBe('closing');
    expect(addressOf('strategies.rollback.when')).toBe('strategies');
  });
});

describe('an id', () => {
  it('is made of the words, and is nobody else’s', () => {
    expect(slugFor('Purge the cache', [])).toBe('purge_the_cache');
    expect(slugFor('Purge the cache', ['purge_the_cache', 'purge_the_cache_2'])).toBe('purge_the_cache_3');
    expect(slugFor('…', [])).toBe('item');
  });
  it('of letters alone names a text for ever', () => {
    expect(lettersFor('Cost, in 2026', [])).toBe('cost_in');
    expect(lettersFor('Cost', ['cost', 'cost_a'])).toBe('cost_b');
    expect(lettersFor('42', [])).toBe('section');
    const taken: string[] = [];
    for (let n = 0; n < 60; n += 1)
      taken.push(lettersFor('What users of the whole platform say of it', taken));
    expect(new Set(taken).size).toBe(60);
    expect(taken.every((id) => /^[a-z_]{1,32}$/.test(id))).toBe(true);
  });
});
