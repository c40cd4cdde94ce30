/** Labelling sessions with their files: what a kill leaves, and what is refused. */
import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, CLASSES, does, label, open, put, read, useLabellingFolders } from '../testing/labelling.ts';
import { journalPath } from './journal.ts';
import type { LabellingAction, LabellingSession } from './session.ts';

useLabellingFolders();

const state = ({ decisions, at: place, latest }: LabellingSession) => ({ decisions, place, latest });

describe('a session that was killed', () => {
  const anySaid = fc.array(fc.constantFrom('обувь', 'посуда', 'skip', 'exclude', 'undo', 'back'), {
    maxLength: 20,
  });

  test('goes on as one that never was, wherever it was cut off', async () => {
    put('a.csv', `text\n${'Отзыв\n'.repeat(8)}`);
    let sittings = 0;
    await fc.assert(
      fc.asyncProperty(anySaid, fc.double({ min: 0, max: 1, noNaN: true }), async (said, share) => {
        const output = at(`${sittings++}.csv`);
        const states = await open({ output, classes: CLASSES }, async (labelling) => [
          state(labelling.session),
          ...said.map((word) => {
            does(labelling, word);
            return state(labelling.session);
          }),
        ]);
        const journal = readFileSync(journalPath(output));
        const begun = journal.indexOf('\n') + 1;
        // what a kill leaves: lines, and perhaps half of one more
        const left = begun + Math.floor(share * (journal.length - begun));
        truncateSync(journalPath(output), left);
        const keys = journal.subarray(begun, left).toString().split('\n').length - 1;
        await open({ output, classes: CLASSES }, async (labelling) => {
          expect(labelling.isResumed).toBe(true);
          expect(state(labelling.session)).toEqual(states[keys]);
          does(labelling, ...said.slice(keys));
          expect(state(labelling.session)).toEqual(states.at(-1));
        });
        expect(readFileSync(journalPath(output))).toEqual(journal);
      }),
      { numRuns: 40 },
    );
  });

  test('before its first line was whole begins anew', async () => {
    put('a.csv', 'text\nЧайник\n');
    put('out.csv.journal', '{"type":"beg');
    await label({ classes: CLASSES }, 'посуда');
    expect(read('out.csv')).toBe('text,label\nЧайник,посуда\n');
  });

  test('whose disk was full did not do what it could not save', async () => {
    put('a.csv', 'text\nЧайник\n');
    await open({ classes: CLASSES }, async (labelling) => {
      const before = state(labelling.session);
      const circular: Record<string, unknown> = { type: 'go' };
      circular['row'] = circular; // what cannot be written
      expect(() => labelling.act(circular as unknown as LabellingAction)).toThrow();
      expect(state(labelling.session)).toEqual(before);
    });
  });

  test('is not gone on with by two at once, nor on another file, nor from a spoiled journal', async () => {
    put('a.csv', 'text\nЧайник\nСапоги\n');
    await open({ classes: CLASSES }, async (labelling) => {
      does(labelling, 'посуда');
      await expect(label({ classes: CLASSES })).rejects.toMatchObject({ code: 'run.locked' });
    });
    put('a.csv', 'text\nДругое\nСапоги\n');
    await expect(label({ classes: CLASSES })).rejects.toMatchObject({ code: 'data.other-file' });
    put('out.csv.journal', '{"type":"begin"}\n');
    await expect(label({ classes: CLASSES })).rejects.toMatchObject({
      code: 'data.bad-journal',
      message: expect.stringContaining('line 1'),
    });
  });
});

describe('refused', () => {
  test.each([
    ['no such column', 'review\nа\n', {}, 'data.missing-column', /no column "text" \(found: review\)/],
    [
      'no texts',
      'text,label\n,обувь\n ,посуда\n',
      {},
      'data.no-texts',
      /no text in any row of column "text"/,
    ],
    ['no classes', 'text\nа\n', {}, 'data.no-labels', /no labels yet/],
    [
      'an unknown class',
      'text,label\nа,вазы\n',
      { classes: CLASSES },
      'labels.unknown',
      /row 1: unknown label "вазы"/,
    ],
    ['no rows', 'text,label\n', {}, 'data.empty-file', /has no rows/],
  ])('is a file with %s, and nothing is left behind', async (_, content, options, code, message) => {
    put('a.csv', content);
    await expect(label(options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(readdirSync(at('.'))).toEqual(['a.csv']);
  });

  test('is an output that somebody else has made', async () => {
    put('a.csv', 'text\nЧайник\n');
    put('out.csv', 'не наше');
    await expect(label({ classes: CLASSES })).rejects.toMatchObject({ code: 'data.exists' });
    expect(read('out.csv')).toBe('не наше');
    await label({ classes: CLASSES, overwrite: true }, 'посуда');
    expect(read('out.csv')).toBe('text,label\nЧайник,посуда\n');
  });
});
