/**
 * Feedback taps of maximal-length shift registers by their length, as exponents of a primitive polynomial over GF(2)
 * (P. Alfke, Xilinx XAPP 052, 1996; S. W. Golomb, Shift Register Sequences, 1967).
 */
const TAPS: Readonly<Record<number, readonly number[]>> = {
  2: [2, 1],
  3: [3, 2],
  4: [4, 3],
  5: [5, 3],
  6: [6, 5],
  7: [7, 6],
  8: [8, 6, 5, 4],
  9: [9, 5],
  10: [10, 7],
  11: [11, 9],
  12: [12, 6, 4, 1],
  13: [13, 4, 3, 1],
  14: [14, 5, 3, 1],
  15: [15, 14],
  16: [16, 15, 13, 4],
  17: [17, 14],
  18: [18, 11],
  19: [19, 6, 2, 1],
  20: [20, 17],
};

/**
 * One period of a maximal-length sequence, ±1: a_k = a_{k−n} ⊕ a_{k−m} …, from the register full of ones. It is N = 2ⁿ − 1 long,
 * has one more 1 than −1, and its cyclic autocorrelation Σ_k u_k u_{k+τ} is N at τ = 0 and −1 everywhere else, so that its power is the
 * same at every frequency but 0 (Golomb 1967; L. Ljung, System Identification, 2nd ed. 1999, 13.3).
 * @param order n, 2 to 20
 * @returns [2ⁿ − 1]
 */
export function maximalLengthSequence(order: number): Int8Array {
  const taps = TAPS[order];
  if (!taps) throw new RangeError(`No shift register of length ${order} is known here; 2 to 20 are.`);
  const period = 2 ** order - 1;
  const bits = new Int8Array(period);
  // Bit i of the register is a_{k−1−i}.
  let register = period;
  for (let k = 0; k < period; k++) {
    let bit = 0;
    for (const tap of taps) bit ^= (register >>> (tap - 1)) & 1;
    register = ((register << 1) | bit) & period;
    bits[k] = bit === 1 ? 1 : -1;
  }
  return bits;
}

/**
 * Steps for which every value of a binary sequence is held, so that it is flat in power up to `bandwidth`. Held for T, its power is that of
 * the sequence times sinc²(f T), which has fallen to half at f = 0.443 / T (Ljung 1999, 13.3): T = 0.443 / bandwidth, at least one step.
 * @param bandwidth Hz
 */
export function stepsPerBit(bandwidth: number, periodSeconds: number): number {
  return Math.max(1, Math.round(0.443 / (bandwidth * periodSeconds)));
}
