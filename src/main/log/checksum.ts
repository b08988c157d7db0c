import { crc32 } from 'node:zlib';
import type { Chunk } from './chunks';

/**
 * What is stored beside a chunk to find a bit that flipped on the disk, in a cable or in memory: CRC-32 (the one of
 * zlib), which finds every single flip and every burst of up to 32 bits, over where the chunk belongs and then its
 * bytes. Recorded numbers and what plans said are apart, because most readers take the numbers alone.
 */
export interface ChunkChecksums {
  data: number;
  plans: number;
}

/** Where a chunk belongs: a block that is whole and stands in another episode's place is damage too. */
export interface ChunkPlace {
  episode: number;
  firstRow: number;
}

export function checksumsOf(place: ChunkPlace, chunk: Chunk): ChunkChecksums {
  return { data: dataChecksum(place, chunk), plans: plansChecksum(place, chunk) };
}

export function dataChecksum(place: ChunkPlace, { rows, data }: Pick<Chunk, 'rows' | 'data'>): number {
  return crc32(data, placeChecksum(place, rows));
}

export function plansChecksum(
  place: ChunkPlace,
  { rows, predictions, insight }: Pick<Chunk, 'rows' | 'predictions' | 'insight'>,
): number {
  const sizes = Float64Array.of(predictions?.byteLength ?? -1, insight?.byteLength ?? -1);
  let sum = crc32(littleEndian(sizes), placeChecksum(place, rows));
  if (predictions !== null) sum = crc32(predictions, sum);
  return insight === null ? sum : crc32(insight, sum);
}

function placeChecksum({ episode, firstRow }: ChunkPlace, rows: number): number {
  return crc32(littleEndian(Float64Array.of(episode, firstRow, rows)));
}

/** The same bytes on every machine; all that Foresight runs on are little-endian, as the chunks are. */
function littleEndian(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer);
}
