import type { Random } from './random';

/**
 * Orders and draws of many things without a list of them: what stands at a place is computed from the place and a key, so
 * ten million rows in a new order take no memory, and whoever goes on later needs no more than how far it was.
 */

/** Rounds of the Feistel network: from four on it is a pseudo-random permutation (Luby & Rackoff 1988). */
const ROUNDS = 4;

/**
 * A random order of `size` things: place → thing, each exactly once. A Feistel network over the next power of two permutes
 * it; a place that leads outside is permuted again until it leads inside (cycle walking, Black & Rogaway 2002).
 * @param size below 2³¹
 */
export function permutation(size: number, random: Random): (place: number) => number {
  const bits = Math.max(2, 32 - Math.clz32(Math.max(1, size - 1)));
  const low = bits >>> 1;
  const high = bits - low;
  const [lowMask, highMask] = [(1 << low) - 1, (1 << high) - 1];
  const keys = Int32Array.from({ length: ROUNDS }, () => random.integer(2 ** 32));
  const once = (place: number): number => {
    let left = place >>> low;
    let right = place & lowMask;
    for (let round = 0; round < ROUNDS; round += 2) {
      left ^= mixed(right, keys[round]) & highMask;
      right ^= mixed(left, keys[round + 1]) & lowMask;
    }
    return (left << low) | right;
  };
  return (place) => {
    let at = once(place);
    while (at >= size) at = once(at);
    return at;
  };
}

/** Uniform draws with replacement from `size` things: place → thing, the same for the same place. */
export function draws(size: number, random: Random): (place: number) => number {
  const [one, other] = [random.integer(2 ** 32) | 0, random.integer(2 ** 32) | 0];
  return (place) => Math.floor(((mixed(mixed(place, one), other) >>> 0) / 2 ** 32) * size);
}

/** Multiplications and shifts of "lowbias32" (Wellons 2018) after a key. */
function mixed(value: number, key: number): number {
  let x = (value + key) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}
