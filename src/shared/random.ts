/** Where a generator stands: four words of 32 bits, and the second normal of a pair of which one was drawn. */
export interface RandomState {
  words: [number, number, number, number];
  spare: number | null;
}

/**
 * Seeded random numbers: the same seed gives the same numbers on every machine, so a run can be repeated.
 * Generator: sfc32 (Chris Doty-Humphrey, PractRand; period about 2^127), seeded through murmur3's finaliser.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;
  /** Second normal of the last Box–Muller pair. */
  private spare: number | undefined;

  /** `seed` may be any finite number; all 53 bits of it count. */
  constructor(readonly seed: number) {
    this.a = scramble(seed >>> 0);
    this.b = scramble((Math.floor(seed / 0x1_0000_0000) >>> 0) ^ 0x9e3779b9);
    this.c = scramble(this.a ^ (this.b << 1) ^ 0x85ebca6b);
    for (let i = 0; i < 12; i++) this.next();
  }

  /** 32 random bits. */
  private next(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(): number {
    return ((this.next() >>> 5) * 0x400_0000 + (this.next() >>> 6)) / 0x20_0000_0000_0000;
  }

  uniformIn(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Standard normal (Box–Muller, both numbers of a pair used). */
  normal(): number {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
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
    return { words: [this.a, this.b, this.c, this.counter], spare: this.spare ?? null };
  }

  /** Goes on where a generator of the same seed was. Forks depend on the seed alone. */
  restore({ words: [a, b, c, counter], spare }: RandomState): void {
    [this.a, this.b, this.c, this.counter] = [a, b, c, counter];
    this.spare = spare ?? undefined;
  }

  /** Standard normals. */
  fillNormal(array: Float32Array): Float32Array {
    for (let i = 0; i < array.length; i++) array[i] = this.normal();
    return array;
  }

  /** Uniform in [0, 1), 24 bits, so that rounding to float32 cannot give 1. */
  fillUniform(array: Float32Array): Float32Array {
    for (let i = 0; i < array.length; i++) array[i] = (this.next() >>> 8) / 0x100_0000;
    return array;
  }
}

/** A bijection of 32-bit integers that flips about half of the bits for every bit of input (murmur3's finaliser). */
function scramble(value: number): number {
  let x = (value + 0x6d2b79f5) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
