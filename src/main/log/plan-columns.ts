import type { PlanColumns } from '../../shared/episode';

/** Before the numbers of a prediction: row, first step, horizon. */
export const RECORD_HEADER_BYTES = 12;

export function emptyPlans(rows: number, observations: number): PlanColumns {
  const unknown = (count: number) => new Float64Array(count).fill(Number.NaN);
  return {
    firstStep: unknown(rows),
    horizon: unknown(rows),
    nextMean: unknown(rows * observations),
    nextStd: unknown(rows * observations),
  };
}

/**
 * Reads of a chunk's predictions what is shown: of every plan the one step that the next row is held against. A future is
 * some hundred numbers a row, which would be more than everything else together.
 * @param firstRow of the chunk in the episode; its rows go into `plans` from row `at` on
 * @throws RangeError for bytes that are no such records
 */
export function decodeNextSteps(
  bytes: Uint8Array,
  { rows, firstRow, observations }: { rows: number; firstRow: number; observations: number },
  plans: PlanColumns,
  at: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let place = 0; place < bytes.byteLength; ) {
    const row = view.getInt32(place, true);
    const firstStep = view.getInt32(place + 4, true);
    const horizon = view.getInt32(place + 8, true);
    const mean = place + RECORD_HEADER_BYTES;
    const std = mean + 4 * horizon * observations;
    place = std + 4 * horizon * observations;
    if (horizon < 0 || row < 0 || row >= rows || place > bytes.byteLength) {
      throw new RangeError(`a prediction for row ${row} of ${rows} over ${horizon} steps`);
    }
    plans.firstStep[at + row] = firstStep;
    plans.horizon[at + row] = horizon;
    const step = firstRow + row + 1 - firstStep;
    if (step < 0 || step >= horizon) continue;
    for (let channel = 0; channel < observations; channel++) {
      const offset = 4 * (step * observations + channel);
      plans.nextMean[(at + row) * observations + channel] = view.getFloat32(mean + offset, true);
      plans.nextStd[(at + row) * observations + channel] = view.getFloat32(std + offset, true);
    }
  }
}

/** Copies rows `from` to `to` (exclusive) into others, from row `at` on. */
export function copyPlans(
  plans: PlanColumns,
  observations: number,
  { from, to }: { from: number; to: number },
  into: PlanColumns,
  at: number,
): void {
  into.firstStep.set(plans.firstStep.subarray(from, to), at);
  into.horizon.set(plans.horizon.subarray(from, to), at);
  const [first, last] = [from * observations, to * observations];
  into.nextMean.set(plans.nextMean.subarray(first, last), at * observations);
  into.nextStd.set(plans.nextStd.subarray(first, last), at * observations);
}
