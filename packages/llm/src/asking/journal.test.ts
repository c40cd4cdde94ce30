import { appendFile, readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../testing/temporary-folder.ts';
import { askedKey, type JournalEntry, openJournal, textKey } from './journal.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const entry = (text: string): JournalEntry => ({
  ...{
    text: textKey(text),
    asked: 'a',
    model: 'm',
    seed: 1,
    retries: 0,
    unusableAnswers: 0,
    milliseconds: 5,
  },
  answer: { label: 'обувь', confidence: 0.5, probabilities: [0.5, 0.5] },
  usage: { prompt: 1, cached: 0, completion: 1 },
});

async function read(path: string): Promise<readonly JournalEntry[]> {
  const journal = await openJournal(path);
  await journal.close();
  return journal.entries;
}

it('an answer that was appended is found by whoever opens the journal next, in order', async () => {
  const path = folder.at('order.jsonl');
  const written = Array.from({ length: 200 }, (_, i) => entry(`отзыв ${i}`));
  const journal = await openJournal(path);
  expect(journal.entries).toEqual([]);
  await Promise.all(written.map((one) => journal.append(one)));
  expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(201); // on the disk before it is closed
  await journal.close();
  expect(await read(path)).toEqual(written);
});

it('whatever was half-written is cut off, and the next answer stands on a line of its own', async () => {
  const line = `${JSON.stringify(entry('половина'))}\n`;
  let n = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: Buffer.byteLength(line) - 1 }), async (length) => {
      const path = folder.at(`half-${n++}.jsonl`);
      const first = await openJournal(path);
      await first.append(entry('целая'));
      await first.close();
      await appendFile(path, Buffer.from(line).subarray(0, length));
      const second = await openJournal(path);
      await second.append(entry('новая'));
      await second.close();
      expect(await read(path)).toEqual([entry('целая'), entry('новая')]);
    }),
    { numRuns: 20 },
  );
});

it('a line that is damaged is counted, and the others are kept', async () => {
  const path = folder.at('damaged.jsonl');
  await appendFile(
    path,
    `${JSON.stringify(entry('один'))}\n\0\0\0\n{"text": 1}\n${JSON.stringify(entry('два'))}\n`,
  );
  const journal = await openJournal(path);
  await journal.close();
  expect(journal.entries).toEqual([entry('один'), entry('два')]);
  expect(journal.damagedLines).toBe(2);
});

it('a question is another one if anything that the model is told is another', () => {
  const question = { instruction: 'i', labels: ['a', 'b'], seed: 1, temperature: 0 };
  const others = [
    askedKey('other', question),
    askedKey('m', { ...question, instruction: 'j' }),
    askedKey('m', { ...question, labels: ['b', 'a'] }),
    askedKey('m', { ...question, seed: 2 }),
    askedKey('m', { ...question, temperature: 1 }),
  ];
  expect(new Set([askedKey('m', question), ...others]).size).toBe(6);
});
