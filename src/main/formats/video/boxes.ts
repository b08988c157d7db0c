import { badFile } from '../faults';

/** A box of an MP4 file (ISO/IEC 14496-12, 4.2) that is in memory: its kind, and what is in it. */
export interface Box {
  kind: string;
  data: Buffer;
}

/** No box of a description holds more others. */
const MOST_BOXES = 10_000;

/** Boxes one after another. @throws ForesightError bad-data: a length that leads out, or more of them than can be */
export function boxesIn(data: Buffer, file: string, place: string): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= data.length; ) {
    if (boxes.length === MOST_BOXES) throw badFile(file, place, `holds more than ${MOST_BOXES} boxes`);
    const kind = data.toString('latin1', at + 4, at + 8);
    const short = data.readUInt32BE(at);
    const isLong = short === 1 && at + 16 <= data.length;
    const head = isLong ? 16 : 8;
    // A length of nothing reaches to the end.
    const length = isLong ? Number(data.readBigUInt64BE(at + 8)) : short === 0 ? data.length - at : short;
    if (length < head || at + length > data.length) {
      throw badFile(
        file,
        `${place}/${shown(kind)}`,
        `is said to be ${length} bytes long, which it cannot be`,
      );
    }
    boxes.push({ kind, data: data.subarray(at + head, at + length) });
    at += length;
  }
  return boxes;
}

/** The first of a kind. @throws ForesightError bad-data: there is none */
export function boxIn(boxes: readonly Box[], kind: string, file: string, place: string): Buffer {
  const found = boxes.find((box) => box.kind === kind);
  if (found !== undefined) return found.data;
  throw badFile(file, place, `has no "${kind}"`);
}

/** A kind as it may stand in a sentence, whatever its four bytes are. */
export const shown = (kind: string): string => kind.replace(/[^\x20-\x7e]/g, '?').trim();

/** A table behind a box's version, flags and counts: so many entries of so many bytes. */
export interface Entries {
  count: number;
  data: Buffer;
}

/**
 * @param head bytes before the count
 * @throws ForesightError bad-data: more entries than the box has bytes for
 */
export function entriesIn(data: Buffer, head: number, size: number, file: string, place: string): Entries {
  if (data.length < head + 4) throw badFile(file, place, 'is cut short');
  const count = data.readUInt32BE(head);
  const entries = data.subarray(head + 4);
  if (count * size <= entries.length) return { count, data: entries };
  throw badFile(file, place, `is said to have ${count} entries, and has bytes for fewer`);
}
