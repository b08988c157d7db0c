import type { Random } from '../../../../shared/random';

/** What goes wrong on a line, on demand. Shares are of answers, 0 to 1. */
export interface LineFaults {
  dropped: number;
  /** One byte of the answer is another one. */
  corrupted: number;
  duplicated: number;
  /** Come `delaySeconds` late, after whatever is said meanwhile. */
  delayed: number;
  delaySeconds: number;
  /** An adapter collects bytes for so long before it hands them on. */
  latencySeconds: number;
  /** An adapter for one shared wire hears what it sends. */
  echo: boolean;
}

export const NO_FAULTS: LineFaults = {
  dropped: 0,
  corrupted: 0,
  duplicated: 0,
  delayed: 0,
  delaySeconds: 0.03,
  latencySeconds: 0,
  echo: false,
};

/** What becomes of one answer: the packets that arrive now, and those that arrive late. */
export function spoil(
  answer: Uint8Array,
  faults: LineFaults,
  random: Random,
): { now: Uint8Array[]; late: Uint8Array[] } {
  if (random.uniform() < faults.dropped) return { now: [], late: [] };
  const packet = random.uniform() < faults.corrupted ? damaged(answer, random) : answer;
  const packets = random.uniform() < faults.duplicated ? [packet, packet] : [packet];
  return random.uniform() < faults.delayed ? { now: [], late: packets } : { now: packets, late: [] };
}

function damaged(answer: Uint8Array, random: Random): Uint8Array {
  const packet = answer.slice();
  const at = Math.floor(random.uniform() * packet.length);
  packet[at] = (packet[at] ?? 0) ^ (1 + Math.floor(random.uniform() * 255));
  return packet;
}
