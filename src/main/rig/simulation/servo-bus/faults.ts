import { z } from 'zod';
import type { Random } from '../../../../shared/random';

const share = z.number().min(0).max(1).default(0);
const seconds = z.number().min(0);

/** What goes wrong on a line, on demand. Shares are of answers, 0 to 1. */
export const LineFaults = z.strictObject({
  dropped: share,
  /** One byte of the answer is another one. */
  corrupted: share,
  duplicated: share,
  /** Come `delaySeconds` late, after whatever is said meanwhile. */
  delayed: share,
  delaySeconds: seconds.default(0.03),
  /** An adapter collects bytes for so long before it hands them on. */
  latencySeconds: seconds.default(0),
  /** An adapter for one shared wire hears what it sends. */
  echo: z.boolean().default(false),
});
export type LineFaults = z.infer<typeof LineFaults>;

export const NO_FAULTS: LineFaults = LineFaults.parse({});

/** What happens to simulated motors once, seconds after they have started. */
export const MotorEvents = z.strictObject({
  brownOutAfter: seconds.optional(),
  /** Of the motor with the number `overloaded`. */
  overloadAfter: seconds.optional(),
  overloaded: z.number().int().optional(),
  unplugAfter: seconds.optional(),
});
export type MotorEvents = z.infer<typeof MotorEvents>;

export const SimulatedFaults = z.strictObject({
  line: LineFaults.prefault({}),
  events: MotorEvents.prefault({}),
});
export type SimulatedFaults = z.input<typeof SimulatedFaults>;

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
