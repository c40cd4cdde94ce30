/** The model card as the hub reads it, and what it owns up to. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { resolveRunOptions } from './options.ts';
import { train } from './train.ts';

const TRAIN = fileURLToPath(new URL('../../../../test-fixtures/reviews/train.csv', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-card-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function cardOf(trainFile: string) {
  const output = join(folder, 'run');
  const options = resolveRunOptions({ model: 'linear', trainFile, output });
  await train(options, { listen: () => undefined }, { overwrite: true });
  const text = readFileSync(join(output, 'best/README.md'), 'utf8');
  const [, front = '', body = ''] = /^---\n(.*?)\n---\n(.*)$/s.exec(text) ?? [];
  const results = JSON.parse(readFileSync(join(output, 'eval_results.json'), 'utf8'));
  return { front: parse(front), body, results };
}

test('its front matter is what the hub asks for: language, library, task, and results by a model index', async () => {
  const { front, results } = await cardOf(TRAIN);
  expect(front).toMatchObject({
    language: ['ru'],
    library_name: 'otzyv',
    pipeline_tag: 'text-classification',
    tags: ['otzyv', 'text-classification', 'reviews'],
  });
  expect(front).not.toHaveProperty('license');
  expect(front).not.toHaveProperty('base_model');
  const [{ task, dataset, metrics }] = front['model-index'][0].results;
  expect(task.type).toBe('text-classification');
  expect(dataset.name).toBe(`${results.eval_samples} held-out rows of train.csv`);
  expect(metrics.map(({ name }: { name: string }) => name)).toEqual(['weighted F1', 'macro F1', 'accuracy']);
  expect(metrics[0].value).toBeCloseTo(results.eval_f1_weighted, 3);
});

test('it tells what it learned from, and what nobody measured', async () => {
  const { body, results } = await cardOf(TRAIN);
  for (const heading of ['Use', 'Results', 'Labels', 'Data', 'Limits', 'Training'])
    expect(body).toContain(`\n## ${heading}\n`);
  for (const label of results.labels) expect(body).toContain(`| ${label} |`);
  expect(body).toContain(`| rows measured on | ${results.eval_samples} |`);
  expect(body).toMatch(/Fewer than 20 texts were there to measure .*обувь/);
});

test('labels and file names with marks of YAML and Markdown stay what they are; English is not called Russian', async () => {
  const rows = Array.from({ length: 60 }, (_, row) =>
    JSON.stringify({
      text: `review ${row} of a ${row % 2 ? 'coat' : 'cup'}`,
      label: row % 2 ? 'a|b: "c"' : '# d',
    }),
  );
  const file = join(folder, 'odd: "name" #1.jsonl');
  await writeFile(file, rows.join('\n'));
  const { front, body } = await cardOf(file);
  expect(front).not.toHaveProperty('language');
  expect(front['model-index'][0].results[0].dataset.name).toBe('12 held-out rows of odd: "name" #1.jsonl');
  expect(body).toContain('| a\\|b: "c" |');
});
