import { describe, expect, it } from 'vitest';
import { normalCdf } from '../../src/shared/normal';
import { Random } from '../../src/shared/random';

function moments(draw: () => number, count: number) {
  let sum = 0;
  let squares = 0;
  let fourth = 0;
  for (let i = 0; i < count; i++) {
    const value = draw();
    sum += value;
    squares += value * value;
    fourth += value ** 4;
  }
  return { mean: sum / count, square: squares / count, fourth: fourth / count };
}

describe('Random', () => {
  it('gives the same numbers for the same seed, and others for the next seed', () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 20 },
        (
          (r) => () =>
            r.uniform()
        )(new Random(seed)),
      );
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7)).not.toEqual(draw(7 + 2 ** 32));
  });

  it('keeps its numbers from version to version', () => {
    const random = new Random(1);
    expect([random.integer(1e6), random.integer(1e6), random.integer(1e6)]).toEqual([748160, 354070, 716408]);
  });

  it('goes on from a state that was kept and written down', () => {
    const [one, other] = [new Random(5), new Random(5)];
    for (let i = 0; i < 7; i++) one.normal();
    const kept = JSON.parse(JSON.stringify(one.state()));
    const draw = (random: Random) => Array.from({ length: 9 }, () => [random.normal(), random.integer(1e9)]);
    const expected = draw(one);
    other.restore(kept);
    expect(draw(other)).toEqual(expected);
    expect(other.fork('a').uniform()).toBe(one.fork('a').uniform());
  });

  it('draws uniform numbers with the moments of the uniform distribution', () => {
    const random = new Random(3);
    const { mean, square, fourth } = moments(() => random.uniform(), 200_000);
    expect(mean).toBeCloseTo(1 / 2, 2);
    expect(square).toBeCloseTo(1 / 3, 2);
    expect(fourth).toBeCloseTo(1 / 5, 2);
  });

  it('draws normals with the moments of the normal distribution', () => {
    const random = new Random(4);
    const { mean, square, fourth } = moments(() => random.normal(), 400_000);
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(Math.abs(square - 1)).toBeLessThan(0.02);
    expect(Math.abs(fourth - 3)).toBeLessThan(0.1);
  });

  it('draws normals whose shares between any two bounds are those of the bell, far out too', () => {
    const count = 2_000_000;
    const values = new Random(12).fillNormal(new Float64Array(count));
    // Around the edges of single layers, in the middle, and beyond the outermost layer at 3.654.
    const bounds = [-4.5, -4, -3.7, -3.6, -3, -2, -1, -0.3, -0.2, -0.1, 0, 0.05, 0.1, 0.25, 0.5, 1, 2];
    bounds.push(2.5, 3, 3.5, 3.65, 3.7, 4, 4.5);
    const below = bounds.map(() => 0);
    for (const value of values) {
      for (let b = bounds.length - 1; b >= 0 && value < bounds[b]!; b--) below[b]! += 1;
    }
    for (const [b, bound] of bounds.entries()) {
      const share = normalCdf(bound);
      const deviation = Math.sqrt((share * (1 - share)) / count);
      expect(Math.abs(below[b]! / count - share), `below ${bound}`).toBeLessThan(4.5 * deviation);
    }
    const far = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(far).toBeGreaterThan(4.6);
    expect(far).toBeLessThan(7);
  });

  it('fills arrays with the numbers that it draws one by one', () => {
    const [one, all, rounded] = [new Random(8), new Random(8), new Random(8)];
    const values = all.fillNormal(new Float64Array(20_000));
    const floats = rounded.fillNormal(new Float32Array(20_000));
    for (const [i, value] of values.entries()) {
      expect(one.normal()).toBe(value);
      expect(floats[i]).toBe(Math.fround(value));
    }
    expect(all.integer(2 ** 31)).toBe(one.integer(2 ** 31));
  });

  it('draws normals that know nothing of the ones before, nor of those of another stream', () => {
    const count = 400_000;
    const values = new Random(13).fork('one').fillNormal(new Float64Array(count));
    const others = new Random(13).fork('two').fillNormal(new Float64Array(count));
    const together = (a: (i: number) => number, b: (i: number) => number) => {
      let sum = 0;
      for (let i = 10; i < count; i++) sum += a(i) * b(i);
      return (sum / count) * Math.sqrt(count);
    };
    const [own, other] = [(i: number) => values[i]!, (i: number) => others[i]!];
    for (const lag of [1, 2, 3, 10]) {
      expect(Math.abs(together(own, (i) => values[i - lag]!))).toBeLessThan(4.5);
      // Nor how far they are from 0. Squares have a variance of 2.
      const far = (i: number) => (values[i]! ** 2 - 1) / Math.SQRT2;
      expect(Math.abs(together(far, (i) => far(i - lag)))).toBeLessThan(4.5);
    }
    expect(Math.abs(together(own, other))).toBeLessThan(4.5);
    expect(
      Math.abs(
        together(
          (i) => own(i) ** 2 - 1,
          (i) => other(i) ** 2 - 1,
        ),
      ),
    ).toBeLessThan(9);
  });

  it('forks streams that do not depend on what was drawn before and differ by label', () => {
    const used = new Random(5);
    used.normal();
    expect(used.fork('noise').uniform()).toBe(new Random(5).fork('noise').uniform());
    const labels = ['a', 'b', 1, '1', 2].map((label) => new Random(5).fork(label).uniform());
    expect(new Set(labels).size).toBe(labels.length);
    const many = Array.from({ length: 5000 }, (_, i) => new Random(5).fork(i).uniform());
    expect(new Set(many).size).toBe(5000);
    expect(
      moments(
        (
          (i) => () =>
            many[i++] ?? 0
        )(0),
        5000,
      ).mean,
    ).toBeCloseTo(0.5, 1);
  });

  it('shuffles into a permutation, every place equally likely', () => {
    const counts = [0, 0, 0, 0];
    const random = new Random(6);
    for (let i = 0; i < 20_000; i++) {
      const order = random.shuffle([0, 1, 2, 3]);
      expect(order.toSorted()).toEqual([0, 1, 2, 3]);
      counts[order.indexOf(0)]! += 1;
    }
    for (const count of counts) expect(Math.abs(count / 20_000 - 0.25)).toBeLessThan(0.02);
  });

  it('fills float32 arrays without ever reaching 1', () => {
    const values = new Random(9).fillUniform(new Float32Array(100_000));
    expect(Math.max(...values)).toBeLessThan(1);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
  });
});
