/**
 * Which frame each step saw: the newest that was captured no later than the step's observation, on the host's clock.
 * @param steps when each step's observation was there, ascending, s
 * @param frames when each frame was captured, ascending, s
 * @returns place of a frame for each step, −1 where there was none yet
 */
export function framesSeen(steps: ArrayLike<number>, frames: ArrayLike<number>): Int32Array {
  const seen = new Int32Array(steps.length);
  let newest = -1;
  for (let step = 0; step < steps.length; step++) {
    while (newest + 1 < frames.length && frames[newest + 1]! <= steps[step]!) newest++;
    seen[step] = newest;
  }
  return seen;
}
