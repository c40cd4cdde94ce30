import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseEvent } from '../run-state/index.ts';
import { type LogPosition, readLogPart } from './read-log.ts';

let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'otzyv-log-'));
});
afterEach(() => rm(run, { recursive: true }));

const log = () => join(run, 'events.jsonl');
/** All that there is from a place on. */
const readOn = async (after: LogPosition | null = null) => {
  const lines: string[] = [];
  let [position, isOther] = [after, false];
  for (;;) {
    const part = await readLogPart(run, position);
    if (part.isOther) {
      isOther = true;
      lines.length = 0;
    }
    lines.push(...part.lines.map(({ text }) => text));
    position = part.position;
    if (part.isAtEnd) return { lines, position, isOther };
  }
};

test('however its bytes arrive, each line is read once, whole', async () => {
  const lineOf = fc.string({ unit: fc.constantFrom('a', 'ж', '👕', ' '), maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(fc.array(lineOf, { minLength: 1 }), fc.array(fc.nat(2000)), async (lines, cuts) => {
      rmSync(log(), { force: true });
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const read: string[] = [];
      let position: LogPosition | null = null;
      for (const [i, from] of places.entries()) {
        appendFileSync(log(), bytes.subarray(from, places[i + 1]));
        const more = await readOn(position);
        expect(more.isOther).toBe(false);
        read.push(...more.lines);
        position = more.position;
      }
      expect(read).toEqual(lines);
    }),
    { numRuns: 30 },
  );
});

test('it is read in parts of bounded length, and a line that is longer than a part is still one', async () => {
  const long = 'ж'.repeat(200_000);
  writeFileSync(log(), `${'{"type":"step"}\n'.repeat(40_000)}${long}\nlast\n`);
  const first = await readLogPart(run, null);
  expect(first.isAtEnd).toBe(false);
  expect(first.lines.length).toBeLessThan(20_000);
  const { lines } = await readOn();
  expect(lines).toHaveLength(40_002);
  expect(lines.slice(-2)).toEqual([long, 'last']);
});

test('a line that no event can be is left out, with a warning, and waited for while it is half a line', async () => {
  const time = '2026-01-01T00:00:00.000Z';
  const begun = (what: string) => `${what}${'x'.repeat(17 * 2 ** 20)}`;
  writeFileSync(log(), `one\n${begun(`{"v":1,"time":"${time}","type":"`)}`);
  const { lines, position } = await readOn();
  expect(lines).toEqual(['one']);
  appendFileSync(log(), `"}\ntwo\n${begun('not ours')}\nthree\n`);
  const rest = await readOn(position);
  expect(rest.isOther).toBe(false);
  const [warning = '', ...others] = rest.lines;
  expect(parseEvent(warning)).toMatchObject({
    ...{ type: 'warning', time, message: expect.stringContaining('longer than 16') },
  });
  expect(others).toEqual(['two', '', 'three']);
});

test('it can be gone on with after any of its lines', async () => {
  writeFileSync(log(), 'one\ntwo\nthree\n');
  const { lines } = await readLogPart(run, null);
  expect((await readOn(lines[0]!.position)).lines).toEqual(['two', 'three']);
  expect(await readOn(lines[2]!.position)).toMatchObject({ lines: [], isOther: false });
});

const rotate = (next: string) => {
  renameSync(log(), `${log()}.1`);
  writeFileSync(log(), next);
};

test.each([
  ['begun anew by --overwrite', () => writeFileSync(log(), 'another\ntwo\nthree\nfour\n')],
  ['cut short', () => truncateSync(log(), 4)],
  ['rotated', () => rotate('two\n')],
  ['removed', () => rmSync(log())],
])('a log that was %s is another, and is read from its beginning', async (_, change) => {
  writeFileSync(log(), 'one\ntwo\nthree\n');
  const { position } = await readOn();
  change();
  const now = await readOn();
  expect(await readOn(position)).toEqual({ ...now, isOther: true });
});

test.each(['', '000000000000-4', 'ffffffffffff-99999999999999999999', '../../etc/passwd', '%00', 'x-1'])(
  'a place that it never told of (%j) is taken for that of another',
  async (place) => {
    writeFileSync(log(), 'one\ntwo\n');
    expect(await readOn(place)).toMatchObject({ lines: ['one', 'two'], isOther: true });
    const [, name] = /^(.+)-\d+$/.exec((await readOn()).position!)!;
    expect(await readOn(`${name}-2`)).toMatchObject({ isOther: true }); // in the middle of a line
    expect(await readOn(`${name}-4`)).toMatchObject({ lines: ['two'], isOther: false });
  },
);

test('where there is none yet, or half of its first line, it is waited for', async () => {
  expect(await readOn()).toEqual({ lines: [], position: null, isOther: false });
  writeFileSync(log(), '{"v":1,');
  expect(await readOn()).toEqual({ lines: [], position: null, isOther: false });
  rmSync(log());
  mkdirSync(log());
  await expect(readOn()).rejects.toThrow(/EISDIR/);
});
