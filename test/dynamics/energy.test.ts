import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { langevin, langevinNoise } from '../../src/main/dynamics/classes/langevin';
import {
  logProposal,
  proposalFrom,
  resampled,
  shiftedLattice,
} from '../../src/main/dynamics/classes/proposal';
import { energyDistance } from '../../src/main/dynamics/distances';
import { openEngine, type TensorProgram } from '../../src/main/tensor';
import { Random } from '../../src/shared/random';

beforeAll(async () => {
  await openEngine('cpu');
  await tf.setBackend('cpu');
});

const normals = (count: number, seed: number) => new Random(seed).fillNormal(new Float32Array(count));

/** ln of a mixture of normal distributions with independent channels, [1, rows, width] → [1, rows, 1]. */
function mixture(modes: { weight: number; mean: number[]; std: number }[]) {
  return (z: tf.Tensor3D): tf.Tensor3D => {
    const parts = modes.map(({ weight, mean, std }) => {
      const squares = tf.sum(tf.square(tf.sub(z, tf.tensor1d(mean))), 2, true);
      return tf.add(tf.mul(squares, -0.5 / std ** 2), Math.log(weight) - mean.length * Math.log(std));
    });
    return tf.logSumExp(tf.stack(parts), 0) as tf.Tensor3D;
  };
}

/** The sampler of the class on a known density, on the engine that trainings run on. */
async function draw(
  density: (z: tf.Tensor3D) => tf.Tensor3D,
  width: number,
  rows: number,
  candidates: number,
  steps: number,
) {
  const feeds = {
    shift: normals(rows * width, 1),
    luck: normals(rows, 2),
    noise: normals(rows * langevinNoise(width, steps), 3),
  };
  const program: TensorProgram = ({ shift, luck, noise }) => {
    const start = resampled(density, shift as tf.Tensor3D, luck as tf.Tensor3D, candidates);
    return { start, z: langevin(density, start, noise as tf.Tensor3D, steps) };
  };
  const engine = await openEngine();
  const specs = Object.entries(feeds).map(([name, { length }]) => ({
    name,
    shape: [1, rows, length / rows],
  }));
  const compiled = await engine.compile(program, specs, { name: 'sampler' });
  try {
    return (await compiled.run(feeds)) as Record<'start' | 'z', Float32Array>;
  } finally {
    await compiled.dispose();
  }
}

describe('the points an energy-based model begins with', () => {
  it('have the density that is said of them', () => {
    const grid = Float32Array.from({ length: 4001 }, (_, i) => -10 + i / 200);
    const density = [...tf.exp(logProposal(tf.tensor3d(grid, [1, 4001, 1]))).dataSync()];
    expect(density.reduce((sum, p) => sum + p, 0) / 200).toBeCloseTo(1, 3);
    const uniform = new Random(4).fillUniform(new Float32Array(20_000));
    const z = [...proposalFrom(tf.tensor3d(uniform, [1, 20_000, 1])).dataSync()];
    for (const edge of [-1, 0, 0.5, 2]) {
      const expected = density.reduce((sum, p, i) => sum + (grid[i] < edge ? p : 0), 0) / 200;
      expect(Math.abs(z.filter((value) => value < edge).length / z.length - expected)).toBeLessThan(0.01);
    }
  });

  it('stay finite for the outermost uniform numbers', () => {
    const z = proposalFrom(tf.tensor3d([0, 1, 0.5], [1, 3, 1])).dataSync();
    expect(z[0]).toBeLessThan(-8);
    expect(z[1]).toBeGreaterThan(8);
    expect(z[2]).toBeCloseTo(0, 5);
    expect([...z].every(Number.isFinite)).toBe(true);
  });

  it('fill the square more evenly than random ones, each row by a shift of its own', () => {
    const points = shiftedLattice(64, tf.tensor3d([0.3, 0.7, 0.9, 0.2], [1, 2, 2]));
    expect(points.shape).toEqual([2, 64, 2]);
    const values = points.arraySync();
    for (const row of values) {
      const cells = new Set(row.map(([x = 0, y = 0]) => 4 * Math.floor(4 * x) + Math.floor(4 * y)));
      expect(cells.size).toBe(16);
      for (const value of row.flat()) expect(value >= 0 && value < 1).toBe(true);
    }
    expect(values[0]).not.toEqual(values[1]);
  });
});

describe("the energy-based model's sampler", () => {
  it('draws modes as often as they weigh, and as narrow as they are', async () => {
    const modes = [
      { weight: 0.8, mean: [-0.5], std: 0.1 },
      { weight: 0.2, mean: [2], std: 0.05 },
    ];
    const rows = 3000;
    const { z } = await draw(mixture(modes), 1, rows, 128, 10);
    const right = [...z].filter((value) => value > 0.75);
    expect(Math.abs(right.length / rows - 0.2)).toBeLessThan(0.03);
    const random = new Random(7);
    const exact = Array.from({ length: rows }, () =>
      random.uniform() < 0.8 ? -0.5 + 0.1 * random.normal() : 2 + 0.05 * random.normal(),
    );
    expect(energyDistance(z, exact, 1, [1])).toBeLessThan(0.01);
    const deviation = Math.sqrt(right.reduce((sum, value) => sum + (value - 2) ** 2, 0) / right.length);
    expect(Math.abs(deviation - 0.05)).toBeLessThan(0.01);
  });

  it('takes narrow modes in two channels from the candidates nearest to them into their midst', async () => {
    const modes = [1, -1].map((sign) => ({ weight: 0.5, mean: [sign, sign], std: 0.02 }));
    const { start, z } = await draw(mixture(modes), 2, 1000, 128, 15);
    const near = (points: Float32Array) => {
      const distances = Array.from({ length: 1000 }, (_, row) => {
        const [x, y] = [points[2 * row], points[2 * row + 1]];
        return Math.hypot(Math.abs(x) - 1, y - Math.sign(x));
      });
      return distances.filter((distance) => distance < 0.06).length / 1000;
    };
    expect(near(start)).toBeLessThan(0.5);
    expect(near(z)).toBeGreaterThan(0.8);
  });

  it('leaves the distribution as it is that it began in', async () => {
    const rows = 4000;
    const steps = 10;
    const density = mixture([{ weight: 1, mean: [0, 0, 0], std: 1 }]);
    const start = normals(rows * 3, 11);
    const drawn = langevin(
      density,
      tf.tensor3d(start, [1, rows, 3]),
      tf.tensor3d(normals(rows * langevinNoise(3, steps), 12), [1, rows, langevinNoise(3, steps)]),
      steps,
    );
    const z = Float32Array.from(drawn.dataSync());
    expect(energyDistance(z, normals(rows * 3, 13), 3, [1, 1, 1])).toBeLessThan(0.005);
    const moved = z.reduce((sum, value, i) => sum + Math.abs(value - start[i]), 0) / z.length;
    expect(moved).toBeGreaterThan(0.4);
  });
});
