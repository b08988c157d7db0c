import { describe, expect, it } from 'vitest';
import { addon } from './addon';
import { mapInstruction, type Operand, region } from './programs';

const native = addon();
const at = (space: Operand['space'], index = 0): Operand => ({
  space,
  index,
  offset: 0,
  batch: 0,
  row: 1,
  s: [],
});

/** One operation of the byte code over all pairs of numbers, with the level asked for. */
function apply(code: number, x: Float32Array, y: Float32Array, level: string): Float32Array {
  const out = new Float32Array(x.length);
  const program = native.createProgram({
    abi: 1,
    code: Int32Array.from(
      region(
        x.length,
        x.length,
        x.length,
        mapInstruction([1, 1, 1, 1], [at('input', 0), at('input', 1)], [[code, 0, 1]], [[2, at('output')]]),
      ),
    ),
    constants: new Float32Array(0),
    arenaWords: 0,
    localWords: 0,
    inputs: Int32Array.of(x.length, 0, x.length, 0),
    outputs: Int32Array.of(x.length, 0),
    level,
  });
  native.run(program, [x, y], [out]);
  native.dispose(program);
  return out;
}

/** Between `from` and `to`, close together near zero as floats are. */
function points(from: number, to: number): Float32Array {
  const all: number[] = [];
  for (let i = 0; i <= 2000; i++) all.push(from + ((to - from) * i) / 2000);
  for (let e = -60; e < 40; e++) for (const m of [1, 1.3, 1.9]) all.push(m * 2 ** (e / 2), -m * 2 ** (e / 2));
  return Float32Array.from(all.filter((x) => x >= from && x <= to));
}

const erf = (x: number): number => {
  // Series below 3, continued fraction's limit beyond: enough digits for a float.
  if (Math.abs(x) > 4.2) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
};
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const floorMod = (a: number, b: number): number => a - b * Math.floor(a / b);

/** name, code, reference in float64, range, allowed ulp (relative to 2^−23) where the result is not tiny. */
const UNARY: [string, number, (x: number) => number, number, number, number][] = [
  ['rsqrt', 8, (x) => 1 / Math.sqrt(x), 1e-30, 1e30, 2],
  ['exp', 10, Math.exp, -87, 88.7, 2],
  ['expm1', 11, Math.expm1, -20, 88, 4],
  ['log', 12, Math.log, 1e-37, 1e38, 2],
  ['log1p', 13, Math.log1p, -0.999, 1e30, 4],
  ['tanh', 14, Math.tanh, -20, 20, 3],
  ['sigmoid', 15, sigmoid, -80, 80, 4],
  ['silu', 16, (x) => x * sigmoid(x), -80, 80, 4],
  ['softplus', 17, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), -80, 80, 5],
  ['erf', 19, erf, -5, 5, 3],
  ['sin', 20, Math.sin, -100, 100, 3],
  ['cos', 21, Math.cos, -100, 100, 3],
  ['sin far away', 20, Math.sin, 1e5, 1e9, 1],
  ['tan', 22, Math.tan, -1.5, 1.5, 2],
  ['asin', 23, Math.asin, -1, 1, 2],
  ['acos', 24, Math.acos, -1, 1, 2],
  ['atan', 25, Math.atan, -50, 50, 2],
  ['sinh', 26, Math.sinh, -50, 50, 4],
  ['cosh', 27, Math.cosh, -50, 50, 4],
  ['asinh', 28, Math.asinh, -50, 50, 4],
  ['acosh', 29, Math.acosh, 1, 50, 4],
  ['atanh', 30, Math.atanh, -0.99, 0.99, 4],
];

describe('functions on vectors', () => {
  for (const level of native.levels()) {
    it.each(UNARY)(`%s stays close to float64 on ${level}`, (_name, code, reference, from, to, ulp) => {
      const x = points(from, to);
      const y = apply(code, x, x, level);
      const worst = { error: 0, x: 0, y: 0, wanted: 0 };
      x.forEach((value, i) => {
        const wanted = reference(value);
        const error =
          Math.abs(y[i]! - wanted) /
          Math.max(Math.abs(wanted), code === 20 || code === 21 ? 0.01 : 1e-36) /
          2 ** -23;
        if (!(error <= worst.error)) Object.assign(worst, { error, x: value, y: y[i], wanted });
      });
      expect(worst.error, JSON.stringify(worst)).toBeLessThanOrEqual(ulp);
    });
  }

  it('gives the same bits on every level', () => {
    const x = Float32Array.from([...points(-200, 200), ...points(1e-37, 1e38)]);
    const y = Float32Array.from(x, (_, i) => x[(i * 31) % x.length]!);
    for (const code of [...UNARY.map(([, number]) => number), 6, 70, 71, 73, 96, 98]) {
      const [first, ...others] = native.levels().map((level) => [...apply(code, x, y, level)]);
      for (const other of others) expect(other, String(code)).toEqual(first);
    }
  });

  it('ends where the numbers end: infinities, no number, zeros', () => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    const ends: [number, number, number][] = [
      [10, inf, inf],
      [10, -inf, 0],
      [10, 89, inf],
      [10, -104, 0],
      [11, inf, inf],
      [11, -inf, -1],
      [12, 0, -inf],
      [12, inf, inf],
      [12, -1, nan],
      [13, -1, -inf],
      [13, inf, inf],
      [13, -2, nan],
      [14, inf, 1],
      [14, -inf, -1],
      [15, inf, 1],
      [16, inf, inf],
      [17, inf, inf],
      [17, -inf, 0],
      [18, -inf, 0],
      [19, inf, 1],
      [19, -inf, -1],
      [20, inf, nan],
      [21, -inf, nan],
      [7, -1, nan],
      [8, 0, inf],
      [3, 0, 0],
      ...[3, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21].map((code): [number, number, number] => [
        code,
        nan,
        nan,
      ]),
    ];
    for (const level of native.levels()) {
      for (const [code, x, wanted] of ends) {
        const many = new Float32Array(16).fill(x);
        expect(apply(code, many, many, level)[3]! + 0, `${code}(${x})`).toBe(wanted + 0);
      }
    }
    const sides = Float32Array.of(nan, 1, nan, -inf);
    const others = Float32Array.of(1, nan, nan, inf);
    expect([...apply(68, sides, others, native.level)]).toEqual([nan, nan, nan, -inf]);
    expect([...apply(69, sides, others, native.level)]).toEqual([nan, nan, nan, inf]);
  });

  it('takes powers and remainders as JavaScript does', () => {
    const x = Float32Array.of(2, -2, 0, 9, -8, 5.5, -5.5, 5.5, -5.5, 1e30);
    const y = Float32Array.of(10, 3, 0, 0.5, 0.5, 2, 2, -2, -2, 2);
    const close = (got: Float32Array, wanted: (a: number, b: number) => number): void =>
      got.forEach((value, i) => {
        const number = Math.fround(wanted(x[i]!, y[i]!));
        if (Math.abs(number) > 0 && Number.isFinite(number)) expect(value / number).toBeCloseTo(1, 5);
        else expect(value + 0).toBe(number + 0);
      });
    close(apply(70, x, y, native.level), Math.pow);
    close(apply(71, x, y, native.level).subarray(0, 9), floorMod);
    close(apply(73, x, y, native.level), Math.atan2);
  });

  it('rounds halves to even', () => {
    const x = Float32Array.of(0.5, 1.5, 2.5, -0.5, -1.5, 2.4, -2.6);
    expect([...apply(6, x, x, native.level)].map((v) => v + 0)).toEqual([0, 2, 2, 0, -2, 2, -3]);
  });

  it('multiplies and adds with one rounding', () => {
    const x = new Float32Array(16).fill(1 + 2 ** -12);
    // (1 + 2^-12)^2 rounds to 1 + 2^-11, whose difference from the product is 2^-24
    const minus = Math.fround(-(1 + 2 ** -11));
    const out = new Float32Array(16);
    const program = native.createProgram({
      abi: 1,
      code: Int32Array.from(
        region(
          16,
          16,
          16,
          mapInstruction(
            [1, 1, 1, 1],
            [at('input', 0), at('input', 1)],
            [[96, 0, 0, 1]],
            [[2, at('output')]],
          ),
        ),
      ),
      constants: new Float32Array(0),
      arenaWords: 0,
      localWords: 0,
      inputs: Int32Array.of(16, 0, 16, 0),
      outputs: Int32Array.of(16, 0),
    });
    native.run(program, [x, new Float32Array(16).fill(minus)], [out]);
    expect(out[0]).toBe(2 ** -24);
  });
});

it('leaves the numbers of the thread as they were: what is tiny is zero inside only', () => {
  const tiny = new Float32Array(16).fill(2 ** -130);
  const one = new Float32Array(16).fill(1);
  expect(apply(66, tiny, one, native.level)[0]).toBe(0);
  expect(Math.fround(tiny[0]! * one[0]!)).toBe(2 ** -130);
  expect(Number.MIN_VALUE * 1).toBe(5e-324);
});
