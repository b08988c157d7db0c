import { describe, expect, it } from 'vitest';
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

  it('goes on from a state that was kept and written down, with the second normal of a pair too', () => {
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
