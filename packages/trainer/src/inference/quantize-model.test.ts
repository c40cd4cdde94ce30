/** What `exportModel` with `quantize` leaves behind, who may read it, and when it refuses. */
import { cpSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ModelCard, readModelCard, writeModelCard } from '../model/model-folder.ts';
import { readSafetensors, writeSafetensors } from '../model/safetensors.ts';
import { writeTinyClassifier } from '../testing/tiny-bert.ts';
import { loadClassifier } from './classifier.ts';
import type { DtypeName } from './dtype.ts';
import { exportModel } from './export.ts';

const LABELS = ['negative', 'neutral', 'positive'];
const TEXTS = ['Куртка тёплая', 'Чайник течёт', 'Всё отлично', 'Не включается, вернул', 'так себе'];
const CARD: ModelCard = {
  ...{ schemaVersion: 1, kind: 'bert', source: 'micro', labels: LABELS, cleaning: { preset: 'none' } },
  ...{ maxLength: 64, classCounts: [1, 1, 1], metrics: {}, baseline: {} },
  trainedOn: { file: 'train.csv', sha256: '', rows: 3, refitted: false },
  ...{ createdAt: '', otzyvVersion: '0.1.0' },
};

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

/** A run whose held-out texts have the labels that its model gives them. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-quantize-'));
  await mkdir(at('run'));
  await writeTinyClassifier(at('run/best'), LABELS);
  await writeModelCard(at('run/best'), CARD);
  writeFileSync(at('run/run.json'), '{}');
  await writeHeldOut('run');
  await exportModel(at('run'), at('int8'), { quantize: { maxF1Drop: 1 } });
});
afterAll(() => rm(folder, { recursive: true }));

async function writeHeldOut(run: string): Promise<void> {
  const answers = await labelsOf(at(run));
  expect(new Set(answers).size).toBeGreaterThan(1);
  const rows = TEXTS.map((text, i) => `${i + 1},"${text}",${answers[i]}`);
  writeFileSync(at(run, 'validation_pred.csv'), ['row,text,label', ...rows].join('\n'));
}

async function probabilitiesOf(path: string, dtype: DtypeName = 'float32', texts = TEXTS) {
  const classifier = await loadClassifier(path, { dtype });
  const { probabilities } = await classifier.predict(texts);
  await classifier.dispose();
  return probabilities;
}

async function labelsOf(path: string): Promise<string[]> {
  const probabilities = await probabilitiesOf(path);
  return TEXTS.map((_, i) => {
    const row = [...probabilities.subarray(i * 3, i * 3 + 3)];
    return LABELS[row.indexOf(Math.max(...row))] as string;
  });
}

describe('a quantised model', () => {
  test('lies beside the other in a fraction of its size, and its card says what it cost', async () => {
    const size = (name: string) => statSync(at('int8/onnx', name)).size;
    expect(size('model_quantized.onnx')).toBeLessThan(size('model.onnx') / 2);
    const { quantization } = (await readModelCard(at('int8'))) as ModelCard;
    expect(quantization).toMatchObject({ dtype: 'int8', rows: 5, f1Weighted: { float32: 1 } });
    expect(quantization?.largestDifference).toBeLessThan(0.05);
  });

  test('answers nearly as the other, by either name of its dtype', async () => {
    const [float32, int8] = [await probabilitiesOf(at('int8')), await probabilitiesOf(at('int8'), 'int8')];
    expect(int8).not.toEqual(float32);
    int8.forEach((value, i) => {
      expect(Math.abs(value - float32[i]!)).toBeLessThan(0.05);
    });
    expect(await probabilitiesOf(at('int8'), 'q8')).toEqual(int8);
    expect(await probabilitiesOf(at('int8'), 'fp32')).toEqual(float32);
  });

  test('answers the same in transformers.js', async () => {
    const { env, pipeline } = await import('@xenova/transformers');
    Object.assign(env, { allowRemoteModels: false, localModelPath: `${folder}/` });
    const classify = await pipeline('text-classification', 'int8', { dtype: 'q8' });
    for (const text of TEXTS) {
      const ours = await probabilitiesOf(at('int8'), 'int8', [text]);
      const theirs = (await classify(text, { top_k: 3 })) as { label: string; score: number }[];
      for (const { label, score } of theirs) expect(ours[LABELS.indexOf(label)]).toBeCloseTo(score, 5);
    }
    await classify.dispose();
  });

  test('answers the same in a browser, where onnxruntime is WebAssembly', async () => {
    const ofTransformers = createRequire(createRequire(import.meta.url).resolve('@xenova/transformers'));
    const browser = ofTransformers('onnxruntime-web') as typeof import('onnxruntime-node');
    const bytes = readFileSync(at('int8/onnx/model_quantized.onnx'));
    const ids = BigInt64Array.from([2n, 10n, 20n, 3n, 2n, 3n, 0n, 0n]);
    const logits = async ({ InferenceSession, Tensor }: typeof browser, provider: string) => {
      const session = await InferenceSession.create(bytes, { executionProviders: [provider] });
      const tensor = (data: BigInt64Array) => new Tensor('int64', data, [2, 4]);
      const results = await session.run({
        input_ids: tensor(ids),
        attention_mask: tensor(ids.map((id) => (id === 0n ? 0n : 1n))),
        token_type_ids: tensor(new BigInt64Array(8)),
      });
      return [...(results['logits'] as { data: Float32Array }).data];
    };
    const ours = await logits(await import('onnxruntime-node'), 'cpu');
    (await logits(browser, 'wasm')).forEach((value, i) => {
      expect(value).toBeCloseTo(ours[i]!, 4);
    });
  });

  test('is left behind by an export that does not ask for it', async () => {
    await exportModel(at('int8'), at('plain'));
    expect(await readModelCard(at('plain'))).not.toHaveProperty('quantization');
    await expect(loadClassifier(at('plain'), { dtype: 'int8' })).rejects.toMatchObject({
      ...{ code: 'model.not-quantized', hint: expect.stringContaining('--quantize int8') },
    });
  });

  test('is not used once the weights are others', async () => {
    cpSync(at('int8'), at('stale'), { recursive: true });
    const file = at('stale/model.safetensors');
    const { tensors } = await readSafetensors(file);
    (tensors.get('classifier.bias') as { data: Float32Array }).data[0] = 1;
    await writeSafetensors(file, tensors);
    await expect(loadClassifier(at('stale'), { dtype: 'int8' })).rejects.toMatchObject({
      ...{ code: 'model.not-quantized', message: expect.stringContaining('other weights') },
    });
  });
});

describe('where int8 would answer noise', () => {
  /** Weights that never matter, as large as can be: what they are multiplied by is always zero. */
  beforeAll(async () => {
    cpSync(at('run'), at('brittle'), { recursive: true });
    const file = at('brittle/best/model.safetensors');
    const { tensors } = await readSafetensors(file);
    for (const [name, { shape, data }] of tensors) {
      if (name.includes('LayerNorm')) data[0] = 0;
      if (/query|key|value|intermediate/.test(name) && name.endsWith('.weight'))
        for (let row = 0; row < shape[0]!; row++) data[row * shape[1]!] = 1e4;
    }
    await writeSafetensors(file, tensors);
    await writeHeldOut('brittle');
  });

  test('it is refused with both scores, and nothing is written', async () => {
    const refused = exportModel(at('brittle'), at('noise'), { quantize: { maxF1Drop: 0.005 } });
    await expect(refused).rejects.toMatchObject({
      code: 'model.quantization-loss',
      message: expect.stringMatching(/weighted F1 1\.0000 becomes 0\.\d{4} .* and 0\.005 may be lost/),
      hint: expect.stringContaining('--force'),
    });
    expect(existsSync(at('noise'))).toBe(false);
  });

  test('it is kept where that is insisted on', async () => {
    const { quantization } = await exportModel(at('brittle/best'), at('forced'), {
      quantize: { maxF1Drop: 0.005, force: true },
    });
    expect(quantization?.f1Weighted.int8).toBeLessThan(0.9);
    expect(await probabilitiesOf(at('forced'), 'int8')).toHaveLength(15);
  });
});

describe('what it costs is measured on texts the model has not learned from', () => {
  test('those of a file, where a file is named', async () => {
    const lines = readFileSync(at('run/validation_pred.csv'), 'utf8').split('\n');
    writeFileSync(at('mine.csv'), ['n,review,topic', ...lines.slice(1, 4)].join('\n'));
    const validation = { file: at('mine.csv'), textColumn: 'review', labelColumn: 'topic' };
    const { quantization } = await exportModel(at('int8'), at('measured'), {
      quantize: { maxF1Drop: 1, validation },
    });
    expect(quantization?.rows).toBe(3);
  });

  test.each([
    ['a folder that is no run', () => at('int8'), /no run/],
    [
      'a run that was trained once more on all rows',
      async () => {
        cpSync(at('run'), at('refitted'), { recursive: true });
        await writeModelCard(at('refitted/best'), {
          ...CARD,
          trainedOn: { ...CARD.trainedOn, refitted: true },
        });
        return at('refitted');
      },
      /all rows/,
    ],
  ])('%s needs one', async (_, source, message) => {
    await expect(
      exportModel(await source(), at('none'), { quantize: { maxF1Drop: 1 } }),
    ).rejects.toMatchObject({ code: 'options.missing', message: expect.stringMatching(message) });
    expect(existsSync(at('none'))).toBe(false);
  });
});
