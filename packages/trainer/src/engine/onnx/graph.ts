/**
 * A graph under construction. A node asked for twice is made once (all our ops are pure), so gradient rules
 * may ask for what they need without caring who has asked before.
 */
import {
  type Attribute,
  type Dim,
  type ElementType,
  type FilePlace,
  type GraphDescription,
  serializeModel,
} from './proto.ts';

/** A tensor that will exist when the graph runs. */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly Dim[];
}

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly domain?: string;
}

export class Graph {
  readonly #nodes: GraphDescription['nodes'][number][] = [];
  readonly #inputs: Value[] = [];
  readonly #outputs: { readonly name: string; readonly value: Value }[] = [];
  readonly #initializers: GraphDescription['initializers'][number][] = [];
  readonly #made = new Map<string, readonly string[]>();
  readonly #madeAgain = new Map<string, readonly string[]>();
  readonly #initializerNames = new Map<string, string>();

  input(name: string, type: ElementType, dims: readonly Dim[]): Value {
    const value = { name, type, dims };
    this.#inputs.push(value);
    return value;
  }

  /** Makes a value an output of the graph, under a name of its own. */
  output(name: string, value: Value): void {
    this.#outputs.push({ name, value });
  }

  /** A constant that lies in the file, or beside it, under a name that readers of the file see. */
  initializer(
    name: string,
    type: ElementType,
    dims: readonly number[],
    bytes: Uint8Array | FilePlace,
  ): Value {
    this.#initializers.push({ name, type, dims, bytes });
    return { name, type, dims };
  }

  float(value: number): Value {
    return this.#constant('float32', [], Float32Array.of(value));
  }

  floats(values: readonly number[]): Value {
    return this.#constant('float32', [values.length], Float32Array.from(values));
  }

  byte(value: number): Value {
    return this.#constant('uint8', [], Uint8Array.of(value));
  }

  /** A vector of short integers, the only ones that WebGPU reckons with. */
  int32s(values: readonly number[]): Value {
    return this.#constant('int32', [values.length], Int32Array.from(values));
  }

  /** An integer scalar. */
  integer(value: number): Value {
    return this.#constant('int64', [], BigInt64Array.of(BigInt(value)));
  }

  /** An integer vector, as shapes and axes are given in. */
  integers(values: readonly number[]): Value {
    return this.#constant('int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  /** One node with one output. */
  node(
    type: string,
    inputs: readonly Value[],
    result: { readonly dims: readonly Dim[]; readonly type?: ElementType },
    options: NodeOptions = {},
  ): Value {
    return this.nodes(type, inputs, [result], options)[0] as Value;
  }

  /** One node with several outputs. */
  nodes(
    type: string,
    inputs: readonly Value[],
    results: readonly { readonly dims: readonly Dim[]; readonly type?: ElementType }[],
    { attributes = {}, domain = '' }: NodeOptions = {},
  ): Value[] {
    const inputNames = inputs.map((input) => input.name);
    const key = JSON.stringify([type, domain, inputNames, attributes]);
    let outputNames = this.#made.get(key);
    if (outputNames === undefined) {
      outputNames = results.map((_, i) => `${type}_${this.#nodes.length}${i === 0 ? '' : `_${i}`}`);
      this.#nodes.push({ type, domain, inputs: inputNames, outputs: outputNames, attributes });
      this.#made.set(key, outputNames);
    }
    return results.map(({ dims, type: elementType = 'float32' }, i) => ({
      name: outputNames[i] as string,
      type: elementType,
      dims,
    }));
  }

  /** The same value from a node of its own, run when it is asked for: so that the first need not be kept until then. */
  again(value: Value): Value {
    const node = this.#nodes.find(({ outputs }) => outputs.includes(value.name));
    if (node === undefined) return value;
    const names = this.#madeAgain.get(value.name) ?? node.outputs.map((name) => `${name}_again`);
    if (!this.#madeAgain.has(value.name)) this.#nodes.push({ ...node, outputs: names });
    this.#madeAgain.set(value.name, names);
    return { ...value, name: names[node.outputs.indexOf(value.name)] as string };
  }

  get outputNames(): string[] {
    return this.#outputs.map(({ name }) => name);
  }

  /** Constants that nothing reads are left out. */
  serialize(): Uint8Array {
    // what a node makes gets its output's name; only a second name, or one for an input, takes a node of its own
    const isMade = new Set(this.#nodes.flatMap((node) => node.outputs));
    const renamed = new Map<string, string>();
    const copies: GraphDescription['nodes'][number][] = [];
    for (const { name, value } of this.#outputs) {
      if (isMade.has(value.name) && !renamed.has(value.name)) renamed.set(value.name, name);
      else
        copies.push({ type: 'Identity', domain: '', inputs: [value.name], outputs: [name], attributes: {} });
    }
    const isRead = new Set([...this.#nodes, ...copies].flatMap((node) => node.inputs));
    const rename = (names: readonly string[]) => names.map((name) => renamed.get(name) ?? name);
    return serializeModel({
      nodes: [...this.#nodes, ...copies].map((node) => ({
        ...node,
        inputs: rename(node.inputs),
        outputs: rename(node.outputs),
      })),
      inputs: this.#inputs,
      outputs: this.#outputs.map(({ name, value }) => ({ ...value, name })),
      initializers: this.#initializers.filter(({ name }) => isRead.has(name)),
    });
  }

  #constant(type: ElementType, dims: readonly number[], data: ArrayBufferView): Value {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = `${type} [${dims}] ${bytes}`;
    const known = this.#initializerNames.get(key);
    if (known !== undefined) return { name: known, type, dims };
    const name = `constant_${this.#initializers.length}`;
    this.#initializerNames.set(key, name);
    return this.initializer(name, type, dims, bytes);
  }
}
