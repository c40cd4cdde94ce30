/**
 * A llama with random weights as the bytes of a GGUF file, some hundred kilobytes: what it says means nothing, but the
 * real llama.cpp loads and runs it. Its vocabulary is the 256 bytes, so that it reads and writes Cyrillic.
 * Reference: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import { createRandom } from '@otzyv/core';

const [UINT32, FLOAT32, STRING, ARRAY, INT32] = [4, 6, 8, 9, 5];
const ALIGNMENT = 32;
const [NORMAL, UNKNOWN, CONTROL, BYTE] = [1, 2, 3, 6]; // kinds of tokens
const [EMBEDDING, HEADS, FEED_FORWARD, BLOCKS, CONTEXT] = [64, 4, 128, 2, 32_768];

/** @param seed of the weights */
export function tinyGguf(seed = 1): Buffer {
  const bytes = Array.from({ length: 256 }, (_, byte) => byteToken(byte));
  const tokens = ['<unk>', '<s>', '</s>', '▁', ...bytes]; // the tokenizer writes spaces as ▁
  const tensors = tensorShapes(tokens.length);
  const metadata: [string, Buffer][] = [
    ['general.architecture', text('llama')],
    ['general.name', text('tiny')],
    ['llama.context_length', uint32(CONTEXT)],
    ['llama.embedding_length', uint32(EMBEDDING)],
    ['llama.block_count', uint32(BLOCKS)],
    ['llama.feed_forward_length', uint32(FEED_FORWARD)],
    ['llama.attention.head_count', uint32(HEADS)],
    ['llama.attention.head_count_kv', uint32(HEADS)],
    ['llama.attention.layer_norm_rms_epsilon', float32(1e-5)],
    ['llama.rope.dimension_count', uint32(EMBEDDING / HEADS)],
    ['tokenizer.ggml.model', text('llama')],
    ['tokenizer.ggml.tokens', list(STRING, tokens.map(string))],
    [
      'tokenizer.ggml.scores',
      list(
        FLOAT32,
        tokens.map(() => numberBytes('FloatLE', 0)),
      ),
    ],
    [
      'tokenizer.ggml.token_type',
      list(
        INT32,
        tokens.map((_, id) => numberBytes('Int32LE', kindOf(id))),
      ),
    ],
    ['tokenizer.ggml.unknown_token_id', uint32(0)],
    ['tokenizer.ggml.bos_token_id', uint32(1)],
    ['tokenizer.ggml.eos_token_id', uint32(2)],
  ];
  let offset = 0;
  const infos = tensors.map(([name, shape]) => {
    const info = [string(name), numberBytes('UInt32LE', shape.length), ...shape.map(uint64)];
    const bytes = Buffer.concat([...info, numberBytes('UInt32LE', 0), uint64(offset)]); // 0: float32
    offset += padded(4 * product(shape));
    return bytes;
  });
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    numberBytes('UInt32LE', 3),
    uint64(tensors.length),
    uint64(metadata.length),
    ...metadata.flatMap(([key, value]) => [string(key), value]),
    ...infos,
  ]);
  return Buffer.concat([
    aligned(head),
    ...tensors.map(([name, shape]) => aligned(weights(seed, name, shape))),
  ]);
}

/** Names and shapes, the length of a row first. */
function tensorShapes(vocabulary: number): [string, number[]][] {
  const block = (i: number): [string, number[]][] => [
    [`blk.${i}.attn_norm.weight`, [EMBEDDING]],
    ...['q', 'k', 'v', 'output'].map((name): [string, number[]] => [
      `blk.${i}.attn_${name}.weight`,
      [EMBEDDING, EMBEDDING],
    ]),
    [`blk.${i}.ffn_norm.weight`, [EMBEDDING]],
    [`blk.${i}.ffn_gate.weight`, [EMBEDDING, FEED_FORWARD]],
    [`blk.${i}.ffn_up.weight`, [EMBEDDING, FEED_FORWARD]],
    [`blk.${i}.ffn_down.weight`, [FEED_FORWARD, EMBEDDING]],
  ];
  return [
    ['token_embd.weight', [EMBEDDING, vocabulary]],
    ...Array.from({ length: BLOCKS }, (_, i) => block(i)).flat(),
    ['output_norm.weight', [EMBEDDING]],
    ['output.weight', [EMBEDDING, vocabulary]],
  ];
}

function weights(seed: number, name: string, shape: readonly number[]): Buffer {
  const random = createRandom(seed, name);
  const isNorm = shape.length === 1;
  const values = Float32Array.from({ length: product(shape) }, () => (isNorm ? 1 : random.normal() * 0.2));
  return Buffer.from(values.buffer);
}

function kindOf(id: number): number {
  if (id === 0) return UNKNOWN;
  if (id === 3) return NORMAL;
  return id < 3 ? CONTROL : BYTE;
}

function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

function numberBytes(kind: 'UInt32LE' | 'Int32LE' | 'FloatLE', value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes[`write${kind}`](value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function string(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

const uint32 = (value: number) => typed(UINT32, numberBytes('UInt32LE', value));
const float32 = (value: number) => typed(FLOAT32, numberBytes('FloatLE', value));
const text = (value: string) => typed(STRING, string(value));
const list = (kind: number, items: readonly Buffer[]) =>
  typed(ARRAY, Buffer.concat([numberBytes('UInt32LE', kind), uint64(items.length), ...items]));

function typed(kind: number, value: Buffer): Buffer {
  return Buffer.concat([numberBytes('UInt32LE', kind), value]);
}

function aligned(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length)]);
}

function padded(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}
