import { Random } from '../../src/shared/random';
import type { FuzzTarget, Parser } from './targets';

export interface FuzzReport {
  bytes: number;
  /** Good packets, each behind something bad. */
  packets: number;
  found: number;
  /** Not found, because what noise made had a right checksum by chance and ended inside of it. */
  byChance: number;
  /** Not found, and nothing was found in its place: a fault of the parser. */
  missed: string[];
}

const MOST_NOISE = 200;
const MOST_SHOWN = 5;

/** Noise to cut pieces from. */
const POOL = ((random) => Uint8Array.from({ length: 1 << 16 }, () => random.integer(256)))(new Random(1));

export const reportOf = (): FuzzReport => ({ bytes: 0, packets: 0, found: 0, byChance: 0, missed: [] });

/**
 * Throws noise, packets with flipped bits, cut ones and pieces of several at a parser, and a good packet behind each, which must be
 * found. The same seed gives the same bytes. Whatever the parser throws comes out of here.
 */
export function fuzz(target: FuzzTarget, bytes: number, seed: number): FuzzReport {
  const random = new Random(seed).fork(target.name);
  const report = reportOf();
  const parser = target.open();
  while (report.bytes < bytes) missedBehind(target, parser, spoilt(target, random), random, report);
  return report;
}

/** Gives a parser something bad and a good packet behind it, and counts in `report` whether that was found. */
export function missedBehind(
  target: FuzzTarget,
  parser: Parser,
  bad: Uint8Array,
  random: Random,
  report: FuzzReport,
): void {
  const feed = (chunk: Uint8Array): string[] => {
    report.bytes += chunk.length;
    // In two pieces, as a port may hand it over.
    const cut = random.integer(chunk.length + 1);
    return [...parser.push(chunk.subarray(0, cut)), ...parser.push(chunk.subarray(cut))];
  };
  const { bytes: good, told } = target.packet(random);
  const found = [...feed(bad), ...feed(target.end), ...feed(good), ...feed(target.end), ...parser.flush()];
  report.packets++;
  if (found.includes(told)) report.found++;
  else if (target.end.length === 0 && found.length > 0) report.byChance++;
  else if (report.missed.push(`${hex(bad)} | ${hex(good)}`) > MOST_SHOWN) report.missed.pop();
}

/** Something bad of a random kind. */
export function spoilt(target: FuzzTarget, random: Random): Uint8Array {
  const packet = () => target.packet(random).bytes;
  const noise = () => {
    const at = random.integer(POOL.length - MOST_NOISE);
    return POOL.subarray(at, at + random.integer(MOST_NOISE));
  };
  switch (random.integer(6)) {
    case 0:
      return noise();
    case 1: {
      const flipped = packet().slice();
      const at = random.integer(flipped.length);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << random.integer(8));
      return flipped;
    }
    case 2: {
      const cut = packet();
      return cut.subarray(0, random.integer(cut.length));
    }
    case 3: {
      const [one, other] = [packet(), packet()];
      return joined(
        one.subarray(0, random.integer(one.length)),
        other.subarray(random.integer(other.length)),
      );
    }
    case 4:
      return joined(noise(), packet());
    default: {
      // Beginnings of packets, one after another: what looks most like something.
      const starts = packet();
      return joined(
        ...Array.from({ length: 1 + random.integer(20) }, () => starts.subarray(0, 1 + random.integer(6))),
      );
    }
  }
}

/** Bytes without an end: a parser must not keep them. Returns how much more memory is used after them, bytes. */
export async function endless(
  target: FuzzTarget,
  bytes: number,
  collect: () => Promise<void>,
): Promise<number> {
  const parser = target.open();
  const chunk = new Uint8Array(4096).fill(target.packet(new Random(1)).bytes[0] ?? 1);
  await collect();
  const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  for (let sent = 0; sent < bytes; sent += chunk.length) parser.push(chunk);
  await collect();
  const after = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  // Used here, so that it is still there when memory is counted.
  parser.flush();
  return after - before;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
