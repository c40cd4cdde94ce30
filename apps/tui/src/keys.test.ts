import { expect, test } from 'vitest';
import { bindingOf, bindingsIn, KEYS, namesOf, type Scope } from './keys.ts';

const SCOPES: Scope[] = ['runs', 'run', 'compare'];

test('no key means two things in one place', () => {
  for (const scope of SCOPES) {
    const keys = bindingsIn(scope).flatMap(({ keys: names }) => names);
    expect(new Set(keys).size).toBe(keys.length);
  }
});

test('every key of the table does what the table says', () => {
  for (const binding of KEYS)
    for (const key of binding.keys)
      expect(bindingOf(key, binding.scope === 'everywhere' ? 'run' : binding.scope)?.action).toBe(
        binding.action,
      );
});

test('steering is only of a run that is looked at', () => {
  expect(bindingOf('p', 'run')?.action).toBe('pause');
  expect(bindingOf('p', 'runs')).toBeUndefined();
});

test('a Russian keyboard steers as well: its keys lie where the Latin ones do', () => {
  expect(bindingOf('й', 'runs')?.action).toBe('quit');
  expect(bindingOf('о', 'run')?.action).toBe('down');
  expect(bindingOf('П', 'run')?.action).toBe('last');
});

test('what the terminal sends has the names of the table', () => {
  const names = (input: string, key: Record<string, boolean> = {}) => namesOf({ input, key });
  expect(names('', { upArrow: true })).toEqual(['up']);
  expect(names('', { tab: true, shift: true })).toEqual(['shift+tab']);
  expect(names('c', { ctrl: true })).toEqual(['ctrl+c']);
  expect(names(' ')).toEqual(['space']);
  // pressed faster than they are read
  expect(names('jjG')).toEqual(['j', 'j', 'G']);
});
