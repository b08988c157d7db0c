import { ZIGGURAT } from './ziggurat';

/** Where a generator stands: its four words of 32 bits. */
export interface RandomState {
  words: [number, number, number, number];
}

/**
 * Seeded random numbers: the same seed gives the same numbers on every machine, so a run can be repeated.
 * Generator: sfc32 (Chris Doty-Humphrey, PractRand; period about 2^127), seeded through murmur3's finaliser.
 */
export class Random {
  /** a, b, c and the counter. In an array, because a field that leaves the small integers is an object for each number. */
  private readonly words = new Int32Array(4);

  /** `seed` may be any finite number; all 53 bits of it count. */
  constructor(readonly seed: number) {
    const a = scramble(seed >>> 0);
    const b = scramble((Math.floor(seed / 0x1_0000_0000) >>> 0) ^ 0x9e3779b9);
    this.words.set([a, b, scramble(a ^ (b << 1) ^ 0x85ebca6b), 1]);
    for (let i = 0; i < 12; i++) this.next();
  }

  /** 32 random bits, as a signed integer. */
  private next(): number {
    const words = this.words;
    const b = words[1];
    const c = words[2];
    const counter = words[3];
    const sum = (words[0] + b + counter) | 0;
    words[3] = counter + 1;
    words[0] = b ^ (b >>> 9);
    words[1] = c + (c << 3);
    words[2] = ((c << 21) | (c >>> 11)) + sum;
    return sum;
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(): number {
    return ((this.next() >>> 5) * 0x400_0000 + (this.next() >>> 6)) / 0x20_0000_0000_0000;
  }

  uniformIn(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Standard normal, in steps of 2^−56 of its layer's width (ziggurat.ts). */
  normal(): number {
    const { edges, inner } = ZIGGURAT;
    for (;;) {
      // One word says how far, the other one which layer, with its rest for the last bits of how far.
      const far = this.next();
      const rest = this.next();
      const layer = rest & 0xff;
      const share = (far + (rest >>> 8) * 2 ** -24) * 2 ** -31;
      if (Math.abs(share) < inner[layer]) return share * edges[layer];
      const value = this.#atTheEdge(layer, share);
      if (value !== undefined) return value;
    }
  }

  /** The 1.2 % of draws that are not inside of their layer for sure; undefined for those that are not in it. */
  #atTheEdge(layer: number, share: number): number | undefined {
    const { edges, heights, tail } = ZIGGURAT;
    if (layer > 0) {
      const value = share * edges[layer];
      const height = heights[layer] + (heights[layer + 1] - heights[layer]) * this.uniform();
      return height < Math.exp(-0.5 * value * value) ? value : undefined;
    }
    // Beyond the outermost edge (Marsaglia 1964).
    for (;;) {
      const beyond = -Math.log(1 - this.uniform()) / tail;
      const height = -Math.log(1 - this.uniform());
      if (2 * height >= beyond * beyond) return share < 0 ? -(tail + beyond) : tail + beyond;
    }
  }

  /** Uniform integer in [0, n). */
  integer(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Fisher–Yates, in place; returns the same array. */
  shuffle<T extends { length: number; [index: number]: unknown }>(array: T): T {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swapped = array[i];
      array[i] = array[j];
      array[j] = swapped;
    }
    return array;
  }

  /**
   * An independent stream for a part of the work. It depends on the seed and the label only, not on how many
   * numbers were drawn before, so adding a draw in one place does not change another.
   */
  fork(label: string | number): Random {
    // Two 32-bit hashes of seed and label (the way of cyrb53), 53 bits of which become the new seed.
    let low = scramble(this.seed >>> 0);
    let high = scramble((Math.floor(this.seed / 0x1_0000_0000) >>> 0) ^ 0x9e3779b9);
    const text = `${typeof label}:${label}`;
    for (let i = 0; i < text.length; i++) {
      low = Math.imul(low ^ text.charCodeAt(i), 0x9e3779b1);
      high = Math.imul(high ^ text.charCodeAt(i), 0x5f356495);
    }
    const mixedLow = scramble(low) ^ scramble(high ^ 0x85ebca6b);
    const mixedHigh = scramble(high) ^ scramble(low ^ 0xc2b2ae35);
    return new Random((mixedHigh & 0x1f_ffff) * 0x1_0000_0000 + (mixedLow >>> 0));
  }

  /** To be kept with what was drawn so far; as plain data, so that it can be written to a file. */
  state(): RandomState {
    const [a, b, c, counter] = this.words;
    return { words: [a, b, c, counter] };
  }

  /** Goes on where a generator of the same seed was. Forks depend on the seed alone. */
  restore({ words }: RandomState): void {
    this.words.set(words);
  }

  /** Standard normals, those that `normal` would give one by one. */
  fillNormal<T extends Float32Array | Float64Array>(array: T): T {
    const words = this.words;
    const { edges, inner } = ZIGGURAT;
    // The generator written out, its words in registers: a third of the time that one call a number takes.
    let a = words[0];
    let b = words[1];
    let c = words[2];
    let counter = words[3];
    for (let i = 0; i < array.length; i++) {
      const far = (a + b + counter) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + far) | 0;
      const rest = (a + b + counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + rest) | 0;
      counter = (counter + 2) | 0;
      const layer = rest & 0xff;
      const share = (far + (rest >>> 8) * 2 ** -24) * 2 ** -31;
      if (Math.abs(share) < inner[layer]) {
        array[i] = share * edges[layer];
        continue;
      }
      keep(words, a, b, c, counter);
      array[i] = this.#atTheEdge(layer, share) ?? this.normal();
      a = words[0];
      b = words[1];
      c = words[2];
      counter = words[3];
    }
    keep(words, a, b, c, counter);
    return array;
  }

  /** Uniform in [0, 1), 24 bits, so that rounding to float32 cannot give 1. */
  fillUniform(array: Float32Array): Float32Array {
    for (let i = 0; i < array.length; i++) array[i] = (this.next() >>> 8) / 0x100_0000;
    return array;
  }
}

function keep(words: Int32Array, a: number, b: number, c: number, counter: number): void {
  words[0] = a;
  words[1] = b;
  words[2] = c;
  words[3] = counter;
}

/** A bijection of 32-bit integers that flips about half of the bits for every bit of input (murmur3's finaliser). */
function scramble(value: number): number {
  let x = (value + 0x6d2b79f5) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
