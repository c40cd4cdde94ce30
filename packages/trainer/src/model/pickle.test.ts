import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PickleFault, type PickleHost, unpickle } from './pickle.ts';

/** Knows `builtins.pair`; tells of all else that was asked. */
function host(asked: string[] = []): PickleHost {
  return {
    global: (module, name) => {
      asked.push(`${module}.${name}`);
      if (name !== 'pair') throw new Error(`refused ${module}.${name}`);
      return (...args: unknown[]) => ({ pair: args });
    },
    persistent: (id) => ({ outside: id }),
  };
}

/** A pickle as Python's pickletools would spell it: texts are opcodes and lines, numbers are bytes. */
const pickle = (...parts: (string | number)[]): Uint8Array =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from([part]))),
  );
const load = (...parts: (string | number)[]) => unpickle(pickle(...parts), 0, host()).value;
const PROTO = '\x80\x02';

describe('values', () => {
  it.each([
    ['None', ['N'], null],
    ['True', [0x88], true],
    ['False', [0x89], false],
    ['a byte', ['K', 200], 200],
    ['two bytes', ['M\x01\x02'], 513],
    ['a negative integer', ['J\xfe\xff\xff\xff'], -2],
    ['a long of no bytes', ['\x8a\x00'], 0],
    ['a negative long', ['\x8a\x01\xff'], -1],
    ['a long beyond 2⁵³', ['\x8a\x0a', '\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19'], 0x1950a86a20f9469cfc6cn],
    ['a float', ['G\x3f\xf8\x00\x00\x00\x00\x00\x00'], 1.5],
    ['a text', ['X\x04\x00\x00\x00', '\xd0\xb4\xd0\xbe'], 'до'],
    ['an empty tuple', [')'], []],
    ['a tuple of two', ['K\x01', 'K\x02', 0x86], [1, 2]],
    ['a tuple of four', ['(', 'K\x01K\x02K\x03K\x04', 't'], [1, 2, 3, 4]],
    ['a list', [']', '(', 'K\x01K\x02', 'e', 'K\x03', 'a'], [1, 2, 3]],
    [
      'a dictionary',
      ['}', '(', 'K\x01K\x02', 'u', 'K\x03K\x04', 's'],
      new Map([
        [1, 2],
        [3, 4],
      ]),
    ],
    ['an object from elsewhere', ['K\x07', 'Q'], { outside: 7 }],
    ['a call', ['cbuiltins\npair\n', 'K\x01K\x02', 0x86, 'R'], { pair: [1, 2] }],
    ['a call by a name on the stack', ['\x8c\x01m', '\x8c\x04pair', 0x93, ')', 'R'], { pair: [] }],
    ['an object given attributes, which are dropped', ['}', 'K\x01', 'b'], new Map()],
  ])('%s', (_, parts, value) => {
    expect(load(PROTO, ...parts, '.')).toEqual(value);
  });

  it('an object remembered is the same object, not an equal one', () => {
    const [first, second] = load(PROTO, ']', 'q\x00', 'h\x00', 0x86, '.') as unknown[];
    expect(first).toBe(second);
  });

  it('several in a row are read one after another', () => {
    const bytes = pickle(PROTO, 'K\x01.', PROTO, 'K\x02.');
    const first = unpickle(bytes, 0, host());
    expect([first.value, unpickle(bytes, first.end, host()).value]).toEqual([1, 2]);
  });
});

describe('safety', () => {
  it('only the host says what a name stands for: os.system is asked for and refused, not called', () => {
    const asked: string[] = [];
    const attack = pickle(PROTO, 'cos\nsystem\n', 'X\x04\x00\x00\x00echo', 0x85, 'R.');
    expect(() => unpickle(attack, 0, host(asked))).toThrow('refused os.system');
    expect(asked).toEqual(['os.system']);
  });

  it.each([
    ['a text', ['X\x01\x00\x00\x00a']],
    ['a dictionary', ['}']],
    ['an object from elsewhere', ['N', 'Q']],
  ])('%s cannot be called', (_, parts) => {
    expect(() => load(PROTO, ...parts, ')', 'R.')).toThrow(PickleFault);
  });

  it.each([
    ['takes from an empty stack', ['0.']],
    ['takes what lies under a mark', ['K\x01', '(', '0.']],
    ['closes what it has not opened', ['t.']],
    ['recalls what it has not made', ['h\x05.']],
    ['appends to a dictionary', ['}', 'N', 'a.']],
    ['sets items of a list', [']', 'N', 'N', 's.']],
    ['uses an opcode of Python 1', ['I1\n.']],
    ['claims a text longer than the file', ['X\xff\xff\xff\x7fabc.']],
  ])('a pickle that %s is at fault', (_, parts) => {
    expect(() => load(PROTO, ...parts)).toThrow(PickleFault);
  });

  it('any bytes whatever give a value or a fault, never another error', () => {
    const harmless: PickleHost = { global: () => null, persistent: () => null };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          unpickle(bytes, 0, harmless);
        } catch (error) {
          expect(error).toBeInstanceOf(PickleFault);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
