/**
 * The table of contents of a zip file of stored (not compressed) entries, as `torch.save` writes them: with ZIP64
 * for what is larger than 4 GiB. Only the table is read; entries are read by their places.
 * Reference: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import type { OpenFile } from './weights-file-bytes.ts';

export interface ZipEntry {
  readonly name: string;
  readonly size: number;
  /** Where the entry's own header begins, not yet its content. */
  readonly headerStart: number;
}

/** The file is no zip, or is damaged, or is not stored as PyTorch does. */
export class ZipFault extends Error {
  override readonly name = 'ZipFault';
}

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_ENTRY = 0x02014b50;
const DIRECTORY_END = 0x06054b50;
const ZIP64_DIRECTORY_END = 0x06064b50;
const ZIP64_LOCATOR = 0x07064b50;
const IN_ZIP64 = 0xffffffff;

export async function readZipDirectory(file: OpenFile): Promise<Map<string, ZipEntry>> {
  const { start, size, count } = await findDirectory(file);
  const view = new DataView(await readChecked(file, start, size));
  const entries = new Map<string, ZipEntry>();
  for (let at = 0, i = 0; i < count; i++) {
    if (at + 46 > size || view.getUint32(at, true) !== DIRECTORY_ENTRY) {
      throw new ZipFault('has a damaged table of contents');
    }
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
      view.getUint16(at + field, true),
    ) as [number, number, number];
    const next = at + 46 + nameLength + extraLength + commentLength;
    if (next > size) throw new ZipFault('has a damaged table of contents');
    const entry = readEntry(view, at, nameLength, extraLength);
    entries.set(entry.name, entry);
    at = next;
  }
  return entries;
}

/** @returns where the entry's content begins; checked to lie inside the file */
export async function contentStart(file: OpenFile, entry: ZipEntry): Promise<number> {
  const header = new DataView(await readChecked(file, entry.headerStart, 30));
  if (header.getUint32(0, true) !== LOCAL_HEADER)
    throw new ZipFault(`has no entry where "${entry.name}" should be`);
  const start = entry.headerStart + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  if (start + entry.size > file.size) throw new ZipFault(`ends in the middle of "${entry.name}"`);
  return start;
}

/** The directory's place stands at the very end of the file, before a comment of up to 65,535 bytes. */
async function findDirectory(file: OpenFile): Promise<{ start: number; size: number; count: number }> {
  const tailLength = Math.min(file.size, 22 + 0xffff);
  const tailStart = file.size - tailLength;
  const tail = new DataView(await file.read(tailStart, tailLength));
  let end = tailLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== DIRECTORY_END) end--;
  if (end < 0) throw new ZipFault('is cut short: the table of contents at its end is missing');

  const locator = end - 20;
  if (locator >= 0 && tail.getUint32(locator, true) === ZIP64_LOCATOR) {
    const record = new DataView(await readChecked(file, uint64(tail, locator + 8), 56));
    if (record.getUint32(0, true) !== ZIP64_DIRECTORY_END) throw new ZipFault('has a damaged ZIP64 record');
    return { count: uint64(record, 32), size: uint64(record, 40), start: uint64(record, 48) };
  }
  return {
    count: tail.getUint16(end + 10, true),
    size: tail.getUint32(end + 12, true),
    start: tail.getUint32(end + 16, true),
  };
}

function readEntry(view: DataView, at: number, nameLength: number, extraLength: number): ZipEntry {
  const name = new TextDecoder().decode(new Uint8Array(view.buffer, at + 46, nameLength));
  const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
  if (method !== 0 || flags & 1)
    throw new ZipFault(`has "${name}" compressed or encrypted; PyTorch stores plainly`);
  let size = view.getUint32(at + 24, true);
  let headerStart = view.getUint32(at + 42, true);

  // the extra field with tag 1 holds, in this order, those of the sizes and the place that need 64 bits
  const extraEnd = at + 46 + nameLength + extraLength;
  for (let field = at + 46 + nameLength; field + 4 <= extraEnd; ) {
    const length = view.getUint16(field + 2, true);
    if (view.getUint16(field, true) === 1) {
      let value = field + 4;
      const take = () => {
        if (value + 8 > Math.min(extraEnd, field + 4 + length))
          throw new ZipFault('has a damaged ZIP64 field');
        value += 8;
        return uint64(view, value - 8);
      };
      if (size === IN_ZIP64) size = take();
      if (view.getUint32(at + 20, true) === IN_ZIP64) take(); // the compressed size, which is the same
      if (headerStart === IN_ZIP64) headerStart = take();
    }
    field += 4 + length;
  }
  return { name, size, headerStart };
}

async function readChecked(file: OpenFile, start: number, length: number): Promise<ArrayBuffer> {
  if (start + length > file.size)
    throw new ZipFault('is cut short or damaged: its table of contents points beyond its end');
  return file.read(start, length);
}

function uint64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}
