/**
 * Ops that compute with 8-bit integers where it pays: the dense layers of the encoder, whose inputs are quantised as
 * they come (dynamic quantisation), and the table of words, which is most of a file. The rest stays in float32.
 * Operators of the ONNX standard only; onnxruntime fuses them into its integer kernels when it loads them.
 */
import type { Ops } from '@otzyv/core';
import type { NamedTensors } from '../engine.ts';
import type { Graph, Value } from './graph.ts';
import { DENSE_LIMIT, quantizeRows, TABLE_LIMIT, transposed } from './quantize.ts';

const WORDS = 'bert.embeddings.word_embeddings.weight';
const DENSE = /^bert\.encoder\..*\.weight$/;

/** @param ops whose `linear` and `gather` are given weights by name, not the weights themselves, where it `isQuantized` */
export function quantizedOps(graph: Graph, ops: Ops<Value>, tensors: NamedTensors): Ops<Value> {
  const initializer = (
    name: string,
    type: 'int8' | 'float32',
    dims: readonly number[],
    data: ArrayBufferView,
  ) => graph.initializer(name, type, dims, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const tensorOf = ({ name }: Value) => tensors.get(name) as { shape: [number, number]; data: Float32Array };
  const toFloat = (x: Value) => graph.node('Cast', [x], { dims: x.dims }, { attributes: { to: 1 } });

  return {
    ...ops,
    linear: (x, weight, bias) => {
      if (!isQuantized(weight.name)) return ops.linear(x, weight, bias);
      const tensor = tensorOf(weight);
      const [outputs, inputs] = tensor.shape;
      const { data, scales } = quantizeRows(tensor, DENSE_LIMIT);
      const columns = initializer(
        `${weight.name}_quantized`,
        ...(['int8', [inputs, outputs], transposed(data, tensor.shape)] as const),
      );
      const columnScales = initializer(`${weight.name}_scale`, 'float32', [outputs], scales);
      // x ≈ (integers − zero) · scale, with one scale and zero for the batch
      const [integers, scale, zero] = graph.nodes(
        'DynamicQuantizeLinear',
        [x],
        [{ dims: x.dims, type: 'uint8' }, { dims: [] }, { dims: [], type: 'uint8' }],
      ) as [Value, Value, Value];
      const dims = [...x.dims.slice(0, -1), outputs];
      const product = graph.node('MatMulInteger', [integers, columns, zero], { dims, type: 'int32' });
      return ops.add(ops.multiply(toFloat(product), ops.multiply(scale, columnScales)), bias);
    },
    gather: (table, ids) => {
      if (!isQuantized(table.name)) return ops.gather(table, ids);
      const tensor = tensorOf(table);
      const { data, scales } = quantizeRows(tensor, TABLE_LIMIT);
      const rows = graph.node(
        'Gather',
        [initializer(`${table.name}_quantized`, 'int8', tensor.shape, data), ids],
        { dims: [...ids.dims, tensor.shape[1]], type: 'int8' },
      );
      const rowScales = initializer(`${table.name}_scale`, 'float32', [tensor.shape[0], 1], scales);
      const scale = graph.node('Gather', [rowScales, ids], { dims: [...ids.dims, 1] });
      return ops.multiply(toFloat(rows), scale);
    },
  };
}

/** Whether a weight lies in the file as integers. */
export function isQuantized(name: string): boolean {
  return name === WORDS || (DENSE.test(name) && !name.includes('LayerNorm'));
}
