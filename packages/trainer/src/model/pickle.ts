/**
 * Python's pickle, as far as a PyTorch state dict goes. A pickle is a program for a small stack machine, and in
 * Python one that may call anything; here it can only build plain values and call what the host hands out by name.
 * Reference: https://github.com/python/cpython/blob/3.12/Lib/pickletools.py
 */

export interface PickleHost {
  /** What a global name stands for: a function may be called by the pickle, any other value is passed on. Throws to refuse. */
  global(module: string, name: string): unknown;
  /** The object that lives outside the pickle under this id. */
  persistent(id: unknown): unknown;
}

/** The pickle is damaged, or uses what no state dict needs. */
export class PickleFault extends Error {
  override readonly name = 'PickleFault';
}

/**
 * Lists and tuples come out as arrays, dictionaries as Maps, integers beyond 2⁵³ as bigint.
 * @returns the value, and the position after the pickle: legacy checkpoints hold several in a row
 */
export function unpickle(
  bytes: Uint8Array,
  start: number,
  host: PickleHost,
): { value: unknown; end: number } {
  const input = reader(bytes, start);
  const stack: unknown[] = [];
  const marks: number[] = [];
  const memo = new Map<number, unknown>();

  const pop = (): unknown => {
    if (stack.length <= (marks.at(-1) ?? 0)) throw new PickleFault('takes more from its stack than there is');
    return stack.pop();
  };
  const top = (): unknown => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const popToMark = (): unknown[] => {
    const mark = marks.pop();
    if (mark === undefined) throw new PickleFault('closes a list it has not opened');
    return stack.splice(mark);
  };
  const pushTuple = (length: number) => stack.push(Array.from({ length }, pop).reverse());
  const append = (values: unknown[]) => {
    const list = top();
    if (!Array.isArray(list)) throw new PickleFault('appends to something that is not a list');
    for (const value of values) list.push(value);
  };
  const setItems = (items: unknown[]) => {
    const map = top();
    if (!(map instanceof Map)) throw new PickleFault('sets an item of something that is not a dictionary');
    for (let i = 0; i + 1 < items.length; i += 2) map.set(items[i], items[i + 1]);
  };
  const call = () => {
    const args = pop();
    const callable = pop();
    if (typeof callable !== 'function' || !Array.isArray(args))
      throw new PickleFault('calls what is no function');
    stack.push(callable(...args));
  };
  const recall = (index: number) => {
    if (!memo.has(index)) throw new PickleFault(`refers to object ${index}, which it has not made`);
    stack.push(memo.get(index));
  };
  const stackGlobal = () => {
    const name = pop();
    const module = pop();
    stack.push(host.global(String(module), String(name)));
  };

  const opcodes: Record<number, () => unknown> = {
    128: () => input.uint8(), // PROTO
    149: () => input.uint64(), // FRAME: a hint for buffered reading
    [code('(')]: () => marks.push(stack.length), // MARK
    [code('0')]: pop, // POP
    [code('1')]: popToMark, // POP_MARK

    [code('N')]: () => stack.push(null), // NONE
    136: () => stack.push(true), // NEWTRUE
    137: () => stack.push(false), // NEWFALSE
    [code('K')]: () => stack.push(input.uint8()), // BININT1
    [code('M')]: () => stack.push(input.uint16()), // BININT2
    [code('J')]: () => stack.push(input.int32()), // BININT
    138: () => stack.push(input.integer(input.uint8())), // LONG1
    [code('G')]: () => stack.push(input.float64()), // BINFLOAT
    140: () => stack.push(input.text(input.uint8())), // SHORT_BINUNICODE
    [code('X')]: () => stack.push(input.text(input.uint32())), // BINUNICODE
    [code('U')]: () => stack.push(input.text(input.uint8())), // SHORT_BINSTRING: a str of Python 2
    [code('T')]: () => stack.push(input.text(input.uint32())), // BINSTRING

    [code(')')]: () => stack.push([]), // EMPTY_TUPLE
    133: () => pushTuple(1), // TUPLE1
    134: () => pushTuple(2), // TUPLE2
    135: () => pushTuple(3), // TUPLE3
    [code('t')]: () => stack.push(popToMark()), // TUPLE
    [code(']')]: () => stack.push([]), // EMPTY_LIST
    [code('a')]: () => append([pop()]), // APPEND
    [code('e')]: () => append(popToMark()), // APPENDS
    [code('}')]: () => stack.push(new Map()), // EMPTY_DICT
    [code('s')]: () => setItems([pop(), pop()].reverse()), // SETITEM
    [code('u')]: () => setItems(popToMark()), // SETITEMS

    [code('q')]: () => memo.set(input.uint8(), top()), // BINPUT
    [code('r')]: () => memo.set(input.uint32(), top()), // LONG_BINPUT
    148: () => memo.set(memo.size, top()), // MEMOIZE
    [code('h')]: () => recall(input.uint8()), // BINGET
    [code('j')]: () => recall(input.uint32()), // LONG_BINGET

    [code('c')]: () => stack.push(host.global(input.line(), input.line())), // GLOBAL
    147: stackGlobal, // STACK_GLOBAL
    [code('Q')]: () => stack.push(host.persistent(pop())), // BINPERSID
    [code('R')]: call, // REDUCE
    129: call, // NEWOBJ
    [code('b')]: pop, // BUILD: attributes of an object, such as a state dict's _metadata; nobody needs them here
  };

  for (;;) {
    const opcode = input.uint8();
    if (opcode === code('.')) return { value: pop(), end: input.position() };
    const act = opcodes[opcode];
    if (!act) throw new PickleFault(`uses the opcode 0x${opcode.toString(16)}, which no state dict needs`);
    act();
  }
}

function code(character: string): number {
  return character.charCodeAt(0);
}

/** Numbers and texts from a position on; a fault at the end of the bytes. */
function reader(bytes: Uint8Array, start: number) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = start;
  const skip = (length: number): number => {
    if (position + length > bytes.length)
      throw new PickleFault(`ends in the middle, at byte ${bytes.length}`);
    position += length;
    return position - length;
  };
  return {
    position: () => position,
    uint8: () => view.getUint8(skip(1)),
    uint16: () => view.getUint16(skip(2), true),
    uint32: () => view.getUint32(skip(4), true),
    int32: () => view.getInt32(skip(4), true),
    uint64: () => view.getBigUint64(skip(8), true),
    float64: () => view.getFloat64(skip(8)), // the one big-endian number
    text: (length: number) => new TextDecoder().decode(bytes.subarray(skip(length), position)),
    line: (): string => {
      const end = bytes.indexOf(0x0a, position);
      if (end < 0) throw new PickleFault('ends in the middle of a name');
      return new TextDecoder().decode(bytes.subarray(skip(end + 1 - position), end));
    },
    /** Little-endian two's complement of any length. */
    integer: (length: number): number | bigint => {
      const first = skip(length);
      let value = 0n;
      for (let i = 0; i < length; i++) value |= BigInt(view.getUint8(first + i)) << BigInt(8 * i);
      const signed = BigInt.asIntN(8 * length, value);
      return BigInt.asIntN(53, signed) === signed ? Number(signed) : signed;
    },
  };
}
