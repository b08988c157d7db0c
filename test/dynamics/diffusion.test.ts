import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { probabilityFlow, samplerLevels } from '../../src/main/dynamics/classes/diffusion';
import { energyDistance } from '../../src/main/dynamics/distances';
import { openEngine } from '../../src/main/tensor';
import { DiffusionOptions } from '../../src/shared/model-options';
import { Random } from '../../src/shared/random';

beforeAll(async () => {
  await openEngine('cpu');
  await tf.setBackend('cpu');
});

const options = (changes: object = {}) => DiffusionOptions.parse({ name: 'diffusion', ...changes });

/** A mixture of normal distributions, one channel, and the network F that knows its exact denoiser E[z | z + σ n]. */
interface Mode {
  weight: number;
  mean: number;
  std: number;
}
const exact =
  (modes: Mode[]) =>
  (scaled: tf.Tensor3D, sigma: number): tf.Tensor3D => {
    const values = [...scaled.dataSync()].map((u) => {
      const z = u * Math.hypot(1, sigma);
      let [sum, total] = [0, 0];
      // The nearest mode's exponent is taken off all, or far from all modes every term would be 0.
      const exponents = modes.map(({ mean, std }) => (z - mean) ** 2 / (2 * (std ** 2 + sigma ** 2)));
      const least = Math.min(...exponents);
      modes.forEach(({ weight, mean, std }, k) => {
        const variance = std ** 2 + sigma ** 2;
        const share = (weight / Math.sqrt(variance)) * Math.exp(least - exponents[k]);
        sum += share * (mean + (std ** 2 / variance) * (z - mean));
        total += share;
      });
      return ((sum / total) * Math.hypot(1, sigma) - u) / sigma;
    });
    return tf.tensor3d(values, scaled.shape);
  };

function draws(modes: Mode[], count: number, seed = 1): number[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    let u = random.uniform();
    const mode = modes.find(({ weight }) => {
      u -= weight;
      return u < 0;
    });
    return (mode?.mean ?? 0) + (mode?.std ?? 0) * random.normal();
  });
}

const sampled = (modes: Mode[], count: number, changes: object = {}) => {
  const noise = tf.tensor3d(new Random(2).fillNormal(new Float32Array(count)), [1, count, 1]);
  return [...probabilityFlow(exact(modes), noise, samplerLevels(options(changes))).dataSync()];
};

describe("the diffusion model's sampler", () => {
  it('stops at as many of the learned noise levels as it has steps, from the largest to the smallest', () => {
    const levels = samplerLevels(options());
    expect(levels).toHaveLength(10);
    expect(levels[0]).toBeCloseTo(5, 9);
    expect(levels.at(-1)).toBeCloseTo(0.01, 9);
    levels.slice(1).forEach((level, i) => {
      expect(level).toBeLessThan(levels[i]);
    });
    expect(samplerLevels(options({ samplerSteps: 1 }))[0]).toBeCloseTo(5, 9);
  });

  it('draws a mixture of unequal modes from its exact score, in ten steps', () => {
    const modes = [
      { weight: 0.8, mean: -0.5, std: 0.1 },
      { weight: 0.2, mean: 2, std: 0.1 },
    ];
    const z = sampled(modes, 2000);
    expect(energyDistance(z, draws(modes, 2000), 1, [1])).toBeLessThan(0.01);
    expect(Math.abs(z.filter((value) => value > 0.75).length / 2000 - 0.2)).toBeLessThan(0.04);
  });

  it('comes nearer with more steps', () => {
    const modes = [
      { weight: 0.5, mean: -1, std: 0.1 },
      { weight: 0.5, mean: 1, std: 0.1 },
    ];
    const reference = draws(modes, 3000);
    const [few, many] = [4, 40].map((samplerSteps) =>
      energyDistance(sampled(modes, 3000, { samplerSteps }), reference, 1, [1]),
    );
    expect(many).toBeLessThan(0.5 * (few as number));
    expect(many).toBeLessThan(0.002);
  });

  it('draws a residual that is Gaussian exactly, in any number of steps', () => {
    for (const samplerSteps of [1, 3, 10]) {
      const noise = new Random(2).fillNormal(new Float32Array(100));
      const z = sampled([{ weight: 1, mean: 0, std: 1 }], 100, { samplerSteps });
      // The last step takes away the noise that is left, which one step alone has all of.
      const left = Math.hypot(1, samplerLevels(options({ samplerSteps })).at(-1) as number);
      z.forEach((value, i) => {
        expect(value).toBeCloseTo(noise[i] / left, 4);
      });
    }
  });

  it('draws what is certain without any noise', () => {
    for (const value of sampled([{ weight: 1, mean: 0.3, std: 0 }], 100)) expect(value).toBeCloseTo(0.3, 5);
  });
});
