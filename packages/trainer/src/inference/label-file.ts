/**
 * Labelling a file in steps that outlive the process: after each block what was written is synced, and `onBlock` is told
 * from where to go on. Whoever goes on from there ends with the same file, byte for byte, as one who was never stopped:
 * what a killed process wrote beyond the last step is cut off.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { tableEncoder } from '../data/write.ts';
import { fileError } from '../files.ts';
import type { Classifier } from './classifier.ts';
import { addToTally, emptyTally, type LabelRowsOptions, type LabelTally, labelRows } from './label-rows.ts';

/** How far a file is labelled. */
export interface LabellingProgress {
  /** Data row of the input, from 1. */
  readonly lastRow: number;
  /** Of the output. */
  readonly bytes: number;
  readonly tally: LabelTally;
}

export interface LabelFileOptions extends Omit<LabelRowsOptions, 'afterRow'> {
  /** Grows block by block, under its own name. */
  readonly output: string;
  /** Absent: from the beginning. */
  readonly from?: LabellingProgress | undefined;
  /** Called when a block is on the disk. */
  readonly onBlock: (progress: LabellingProgress) => Promise<void>;
}

/** @throws OtzyvError `data.*`, `system.*`; the signal's reason when aborted */
export async function labelFile(
  classifier: Classifier,
  options: LabelFileOptions,
): Promise<LabellingProgress> {
  const { output, from, onBlock, signal, ...reading } = options;
  const { columns, blocks } = await labelRows(classifier, {
    ...reading,
    ...(signal !== undefined && { signal }),
    afterRow: from?.lastRow ?? 0,
  });
  const { header, encode } = tableEncoder(reading.format, columns);
  const handle = await open(output, from === undefined ? 'w' : 'r+').catch((error: unknown) => {
    throw fileError(error, output);
  });
  try {
    let progress = from ?? { lastRow: 0, bytes: 0, tally: emptyTally(classifier.labels) };
    await handle.truncate(progress.bytes);
    const append = async (text: string): Promise<number> =>
      progress.bytes + (await writeAt(handle, text, progress.bytes, output));
    if (from === undefined) progress = { ...progress, bytes: await append(header) };
    for await (const block of blocks) {
      const bytes = await append(block.rows.map(encode).join(''));
      progress = { lastRow: block.lastRow, bytes, tally: addToTally(progress.tally, block) };
      await handle.datasync();
      await onBlock(progress);
      signal?.throwIfAborted();
    }
    return progress;
  } finally {
    await handle.close();
  }
}

async function writeAt(handle: FileHandle, text: string, position: number, path: string): Promise<number> {
  const content = Buffer.from(text);
  for (let written = 0; written < content.length; ) {
    const { bytesWritten } = await handle
      .write(content, written, content.length - written, position + written)
      .catch((error: unknown) => {
        throw fileError(error, path);
      });
    written += bytesWritten;
  }
  return content.length;
}
