/** Classifiers' folders as they come from elsewhere, and what can be wrong with them. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../model/safetensors.ts';
import { writeTinyClassifier } from '../testing/tiny-bert.ts';
import { loadClassifier } from './classifier.ts';
import { evaluateFile } from './evaluate-file.ts';
import { exportModel } from './export.ts';

const LABELS = ['positive', 'negative', 'neutral']; // not in the order of the alphabet
const TEXTS = ['Куртка тёплая', 'Чайник течёт', 'Всё отлично', 'Не включается, вернул', 'так себе'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-folders-'));
  await writeTinyClassifier(at('source'), LABELS);
});
afterAll(() => rm(folder, { recursive: true }));

const at = (...parts: string[]) => join(folder, ...parts);
const json = (...parts: string[]) => JSON.parse(readFileSync(at(...parts), 'utf8'));

/** A copy of the sound folder with something changed. */
async function changed(name: string, change: (path: string) => unknown): Promise<string> {
  cpSync(at('source'), at(name), { recursive: true });
  await change(at(name));
  return at(name);
}

function changeJson(path: string, change: (content: Record<string, unknown>) => object): void {
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')))));
}

async function predict(path: string, texts = TEXTS): Promise<string[]> {
  const classifier = await loadClassifier(path);
  const { probabilities } = await classifier.predict(texts);
  await classifier.dispose();
  const { labels } = classifier;
  return texts.map((_, i) => {
    const row = [...probabilities.subarray(i * labels.length, (i + 1) * labels.length)];
    return labels[row.indexOf(Math.max(...row))] as string;
  });
}

test('classes keep the order that config.json gives them, in measuring too', async () => {
  const answers = await predict(at('source'));
  expect(new Set(answers).size).toBeGreaterThan(1);
  writeFileSync(
    at('answers.csv'),
    ['text,label', ...TEXTS.map((text, i) => `"${text}",${answers[i]}`)].join('\n'),
  );
  const classifier = await loadClassifier(at('source'));
  const { metrics } = await evaluateFile(classifier, {
    ...{ file: at('answers.csv'), textColumn: 'text', labelColumn: 'label', skipBadRows: false },
  });
  await classifier.dispose();
  expect(metrics['accuracy']).toBe(1);
});

test('classes without names are named as transformers names them', async () => {
  const unnamed = await changed('unnamed', (path) =>
    changeJson(join(path, 'config.json'), ({ id2label: _, label2id: __, ...rest }) => rest),
  );
  const named = { positive: 'LABEL_0', negative: 'LABEL_1', neutral: 'LABEL_2' } as Record<string, string>;
  expect(await predict(unnamed)).toEqual((await predict(at('source'))).map((label) => named[label]));
});

describe('export', () => {
  test('writes what every reader needs, and nothing that lay beside it', async () => {
    const source = await changed('cluttered', (path) => {
      writeFileSync(join(path, 'optimizer.pt'), 'large');
      changeJson(join(path, 'config.json'), (config) => ({
        ...config,
        dtype: 'float16',
        torch_dtype: 'float16',
      }));
    });
    await exportModel(source, `${at('exported')}/`);
    expect(readdirSync(at('exported')).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'onnx',
      'tokenizer.json',
      'tokenizer_config.json',
      'vocab.txt',
    ]);
    expect(json('exported/config.json')).toMatchObject({ dtype: 'float32' });
    expect(json('exported/config.json')).not.toHaveProperty('torch_dtype');
    expect(json('exported/tokenizer_config.json').model_max_length).toBe(64);
    expect(await predict(at('exported'))).toEqual(await predict(at('source')));
  });

  test('touches nothing beside it, whatever that is called', async () => {
    for (const name of ['kept.old', 'kept.tmp']) cpSync(at('source'), at(name), { recursive: true });
    await exportModel(at('kept.tmp'), at('kept'));
    for (const name of ['kept.old', 'kept.tmp']) {
      expect(readdirSync(at(name)).sort()).toEqual(readdirSync(at('source')).sort());
    }
  });

  test('into the model itself is refused', async () => {
    await expect(exportModel(at('source'), at('source/inside'))).rejects.toMatchObject({
      code: 'run.exists',
    });
    expect(existsSync(at('source/inside'))).toBe(false);
  });
});

describe('a folder that cannot be answered with is told of', () => {
  const weights = async (path: string, change: (data: Float32Array) => void) => {
    const file = join(path, 'model.safetensors');
    const { tensors } = await readSafetensors(file);
    change(tensors.get('classifier.weight')?.data as Float32Array);
    await writeSafetensors(file, tensors);
  };
  const config = (content: object) => (path: string) =>
    changeJson(join(path, 'config.json'), (before) => ({ ...before, ...content }));

  test.each([
    [
      'weights that are NaN',
      (path: string) => weights(path, (data) => data.fill(Number.NaN, 3, 4)),
      'model.not-finite',
      /classifier\.weight/,
    ],
    [
      'infinite weights',
      (path: string) => weights(path, (data) => data.fill(-Infinity)),
      'model.not-finite',
      /classifier\.weight/,
    ],
    [
      'a tokenizer with more tokens than the model',
      (path: string) => writeFileSync(join(path, 'added_tokens.json'), '{"новый": 5000}'),
      'model.foreign-tokenizer',
      /5001 tokens/,
    ],
    [
      'several labels a text',
      config({ problem_type: 'multi_label_classification' }),
      'model.unsupported',
      /multi_label/,
    ],
    ['a regression', config({ problem_type: 'regression' }), 'model.unsupported', /regression/],
    [
      'a card of another model',
      (path: string) =>
        writeFileSync(join(path, 'otzyv.json'), JSON.stringify(card({ labels: ['a', 'b', 'c'] }))),
      'model.broken-card',
      /labels are not those of config\.json/,
    ],
    [
      'a card with other counts',
      (path: string) => writeFileSync(join(path, 'otzyv.json'), JSON.stringify(card({ classCounts: [1] }))),
      'model.broken-card',
      /1 counts for 3 labels/,
    ],
    [
      'a length beyond the positions',
      (path: string) => writeFileSync(join(path, 'otzyv.json'), JSON.stringify(card({ maxLength: 1000 }))),
      'model.broken-card',
      /64 positions/,
    ],
  ])('%s', async (name, change, code, message) => {
    const path = await changed(name, change);
    await expect(loadClassifier(path)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

test('weights that stay in their file answer as those that are read', async () => {
  const scores = async (path: string) => {
    const classifier = await loadClassifier(path);
    const { probabilities } = await classifier.predict(TEXTS);
    await classifier.dispose();
    return probabilities;
  };
  const ours = await changed('ours', (path) =>
    writeFileSync(join(path, 'otzyv.json'), JSON.stringify(card({}))),
  );
  expect(await scores(ours)).toEqual(await scores(at('source')));
});

test('weights that were trained on elsewhere count, not the ONNX file made before', async () => {
  const path = await changed('retrained', async (copy) => {
    writeFileSync(join(copy, 'otzyv.json'), JSON.stringify(card({})));
  });
  await exportModel(path, at('current'));
  const before = await predict(at('current'));
  const file = at('current', 'model.safetensors');
  const { tensors } = await readSafetensors(file);
  for (const name of ['classifier.weight', 'classifier.bias']) {
    const { data } = tensors.get(name) as { data: Float32Array };
    data.forEach((value, i) => {
      data[i] = -value;
    });
  }
  await writeSafetensors(file, tensors);
  const after = await predict(at('current'));
  expect(after).not.toEqual(before);
  await rm(at('current/onnx'), { recursive: true });
  expect(await predict(at('current'))).toEqual(after);
});

function card(changes: object): object {
  return {
    ...{ schemaVersion: 1, kind: 'bert', source: 'micro', labels: LABELS, cleaning: { preset: 'none' } },
    ...{ maxLength: 64, classCounts: [1, 1, 1], metrics: {}, baseline: {} },
    trainedOn: { file: 'train.csv', sha256: '', rows: 3, refitted: false },
    ...{ createdAt: '', otzyvVersion: '0.1.0' },
    ...changes,
  };
}
