/**
 * Kernels of ours where those of tfjs are missing, or too slow to train with. They compute the same, and leave the
 * differentiation to tfjs.
 */
import type { NamedAttrMap, Rank, Tensor, Tensor3D, TensorInfo } from '@tensorflow/tfjs';
import type { Tf } from './backends.ts';

/** For wasm and plain JavaScript; TensorFlow has its own. @param backend that was set */
export function registerKernels(tf: Tf, backend: 'wasm' | 'cpu'): void {
  if (registered.has(backend)) return;
  registered.add(backend);
  replace(tf, 'UnsortedSegmentSum', backend, ({ x, segmentIds }, { numSegments }) =>
    sumOfRows(tf, x as Tensor, segmentIds as Tensor, numSegments as number),
  );
  if (backend === 'wasm') replaceMatrixProduct(tf);
}

const registered = new Set<string>();

function replace(
  tf: Tf,
  kernelName: string,
  backendName: string,
  compute: (inputs: Record<string, TensorInfo>, attrs: NamedAttrMap) => Tensor,
): void {
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() => compute(inputs as Record<string, TensorInfo>, attrs ?? {})),
  });
}

/**
 * Rows with the same id, added up: the gradient of `gather`. wasm lacks this kernel, and that of the plain CPU passes
 * over all rows once for each id.
 *
 * @param x   [...of ids, width]
 * @returns [rows, width]
 */
function sumOfRows(tf: Tf, x: Tensor, ids: Tensor, rows: number): Tensor {
  const [from, to] = [x.dataSync(), ids.dataSync()];
  const width = from.length / to.length;
  const sums = new Float32Array(rows * width);
  for (let i = 0; i < to.length; i++) {
    const [source, target] = [i * width, (to[i] as number) * width];
    for (let k = 0; k < width; k++) {
      sums[target + k] = (sums[target + k] as number) + (from[source + k] as number);
    }
  }
  return tf.tensor(sums, [rows, ...x.shape.slice(ids.rank)], x.dtype);
}

/**
 * wasm multiplies one pair of matrices fast, if neither is transposed; all else goes through plain loops, ten times as
 * slow. So transposed ones are turned first, and many are multiplied pair by pair.
 */
function replaceMatrixProduct(tf: Tf): void {
  const plain = tf.getKernel('BatchMatMul', 'wasm').kernelFunc;
  const multiply = (a: Tensor, b: Tensor): Tensor => {
    const attrs = { transposeA: false, transposeB: false };
    const product = plain({ inputs: { a, b }, attrs, backend: tf.backend() }) as TensorInfo;
    return tf.engine().makeTensorFromTensorInfo(product);
  };
  replace(tf, 'BatchMatMul', 'wasm', ({ a, b }, { transposeA, transposeB }) => {
    const left = matrices(tf, a as Tensor, transposeA === true);
    const right = matrices(tf, b as Tensor, transposeB === true);
    const [pairs, rows] = left.shape;
    const columns = right.shape[2];
    const isPairwise = pairs > 1 && pairs === right.shape[0]; // else one pair, or one side repeats
    const product = isPairwise ? eachPair(tf, left, right, multiply) : multiply(left, right);
    const leading = pairs >= right.shape[0] ? a : b;
    return tf.reshape(product, [...(leading as Tensor).shape.slice(0, -2), rows, columns]);
  });
}

/** The matrices in the last two axes. @returns [matrices, rows, columns] */
function matrices(tf: Tf, x: Tensor, isTransposed: boolean): Tensor3D {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const all = tf.reshape<Rank.R3>(x, [-1, rows, columns]);
  return isTransposed ? tf.transpose(all, [0, 2, 1]) : all;
}

/** Through JavaScript's memory: to slice a tensor, tfjs copies all of it each time. */
function eachPair(
  tf: Tf,
  left: Tensor3D,
  right: Tensor3D,
  multiply: (a: Tensor, b: Tensor) => Tensor,
): Tensor {
  const [pairs, rows, inner] = left.shape;
  const columns = right.shape[2];
  const [a, b] = [left.dataSync(), right.dataSync()];
  const [sizeA, sizeB, size] = [rows * inner, inner * columns, rows * columns];
  const products = new Float32Array(pairs * size);
  for (let i = 0; i < pairs; i++) {
    tf.tidy(() => {
      const one = tf.tensor(a.subarray(i * sizeA, (i + 1) * sizeA), [1, rows, inner]);
      const other = tf.tensor(b.subarray(i * sizeB, (i + 1) * sizeB), [1, inner, columns]);
      products.set(multiply(one, other).dataSync(), i * size);
    });
  }
  return tf.tensor(products, [pairs, rows, columns]);
}
