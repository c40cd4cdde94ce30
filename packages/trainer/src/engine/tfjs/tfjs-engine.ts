/**
 * The engine on tfjs: eager tensors, gradients by tfjs. Weights and moments are replaced at each step, one parameter
 * after the other; all else that a step allocates is given back before it ends.
 */
import type { Scalar, Tensor } from '@tensorflow/tfjs';
import type { Tensor as Tensor32 } from '../../model/safetensors.ts';
import { type AdamWStep, clipFactor } from '../adamw.ts';
import { type ByteStream, dropoutBytes } from '../dropout.ts';
import type { Batch, Engine, EngineOptions, LabelledBatch, NamedTensors, TrainingState } from '../engine.ts';
import { exampleWeightsOf, logitsOf, lossOf, parametersOf } from '../objective.ts';
import { sharesOf } from '../shares.ts';
import { globalNorm, type Slot, updated } from './adamw.ts';
import type { Tf } from './backends.ts';
import { createTfjsOps } from './ops.ts';

/**
 * The weights given are copied. `threads` are for the backend to choose.
 * @param tf with its backend chosen (`loadTfjs`), which must stay as long as the engine lives
 */
export function createTfjsEngine(tf: Tf, options: EngineOptions): Engine {
  const { config, objective, optimizer, maxGradNorm, seed } = options;
  const specs = parametersOf(objective, config);
  const names = specs.map(({ name }) => name);

  const zeros = new Map(specs.map(({ name, shape }) => [name, zeroTensor(shape)]));
  let slots = slotsOf({ weights: options.weights, firstMoments: zeros, secondMoments: zeros });
  let step = 0;

  function slotsOf({ weights, firstMoments, secondMoments }: Omit<TrainingState, 'step'>): Slot[] {
    return names.map((name) => ({
      parameter: tensorOf(weights, name),
      firstMoment: tensorOf(firstMoments, name),
      secondMoment: tensorOf(secondMoments, name),
    }));
  }

  function tensorOf(tensors: NamedTensors, name: string): Tensor {
    const { shape, data } = tensors.get(name) as Tensor32;
    return tf.tensor(data.slice(), [...shape]);
  }

  function integers(values: BigInt64Array, shape: number[]): Tensor {
    return tf.tensor(Int32Array.from(values, Number), shape, 'int32');
  }

  function answer(weights: readonly Tensor[], batch: Batch, randomBytes?: ByteStream): Tensor {
    const byName = new Map(names.map((name, i) => [name, weights[i] as Tensor]));
    const shape = [batch.batch, batch.time];
    const inputs = {
      inputIds: integers(batch.inputIds, shape),
      attentionMask: integers(batch.attentionMask, shape),
      tokenTypeIds: integers(batch.tokenTypeIds, shape),
      ...(batch.positions && { positions: integers(batch.positions, [batch.positions.length]) }),
    };
    const ops = createTfjsOps(tf, randomBytes);
    return logitsOf(ops, objective, (name) => byName.get(name) as Tensor, inputs, config);
  }

  /** @returns the loss, and then the gradients in the order of the parameters; all times the share */
  function lossAndGradients(batch: LabelledBatch, microBatch: number, share: number): Tensor[] {
    const { value, grads } = tf.valueAndGrads((...weights: Tensor[]) => {
      const logits = answer(weights, batch, dropoutBytes(seed, step + 1, microBatch));
      const labels = integers(batch.labels, [batch.labels.length]);
      const constant = (values: readonly number[]) => tf.tensor1d([...values]) as Tensor;
      const exampleWeights = exampleWeightsOf(objective, batch);
      const truth = {
        ...{ logits, labels },
        ...(exampleWeights && { exampleWeights: tf.tensor1d(exampleWeights) as Tensor }),
      };
      const loss = lossOf(createTfjsOps(tf), objective, truth, config, constant);
      return tf.mul<Scalar>(loss, share);
    })(slots.map(({ parameter }) => parameter));
    return [value, ...grads];
  }

  function accumulated(microBatches: readonly LabelledBatch[]): Tensor[] {
    const shares = sharesOf(microBatches, options);
    return microBatches.reduce<Tensor[]>((before, batch, i) => {
      const sums = tf.tidy(() => {
        const next = lossAndGradients(batch, i, shares[i] as number);
        return i === 0 ? next : next.map((tensor, k) => tf.add(before[k] as Tensor, tensor));
      });
      tf.dispose(before);
      return sums;
    }, []);
  }

  /** Gives each slot its successor. */
  function update(gradients: readonly Tensor[], adamW: AdamWStep): void {
    slots = slots.map((slot, i) => {
      const next = tf.tidy(() => updated(tf, slot, gradients[i] as Tensor, specs[i]?.decays === true, adamW));
      tf.dispose(slot);
      return next;
    });
    step++;
  }

  const read = (part: keyof Slot): NamedTensors =>
    new Map(
      names.map((name, i) => {
        const tensor = (slots[i] as Slot)[part];
        return [name, { shape: tensor.shape, data: tensor.dataSync<'float32'>() }];
      }),
    );

  return {
    trainStep: async (microBatches, learningRate) => {
      const [loss, ...gradients] = accumulated(microBatches) as [Tensor, ...Tensor[]];
      const told = await taken(tf.tidy(() => tf.stack([loss, globalNorm(tf, gradients)])));
      const [lossValue, gradientNorm] = told as Float32Array & [number, number];
      const clip = clipFactor(gradientNorm, maxGradNorm);
      update(gradients, { ...optimizer, learningRate, step: step + 1, clip });
      tf.dispose([loss, ...gradients]);
      return { loss: lossValue, gradientNorm };
    },

    logits: (batch) => {
      const weights = slots.map(({ parameter }) => parameter);
      return taken(tf.tidy(() => answer(weights, batch)));
    },

    state: async () => ({
      step,
      weights: read('parameter'),
      firstMoments: read('firstMoment'),
      secondMoments: read('secondMoment'),
    }),

    restore: (saved) => {
      const before = slots;
      slots = slotsOf(saved);
      step = saved.step;
      for (const slot of before) tf.dispose(slot);
    },

    dispose: async () => {
      for (const slot of slots) tf.dispose(slot);
    },
  };
}

/** What a tensor holds; it is given back. */
async function taken(tensor: Tensor): Promise<Float32Array> {
  const data = await tensor.data<'float32'>();
  tensor.dispose();
  return data;
}

function zeroTensor(shape: readonly number[]): Tensor32 {
  return { shape, data: new Float32Array(shape.reduce((product, dim) => product * dim, 1)) };
}
