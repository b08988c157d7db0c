import { describe, expect, it } from 'vitest';
import { fittedNormaliser } from '../../src/main/policy/normaliser';
import type { PolicySpace } from '../../src/main/policy/representation/space';
import { openEngine } from '../../src/main/tensor';
import { Random } from '../../src/shared/random';

type Limits = PolicySpace['limits'][number];
const ROWS = 2000;

/** How much one channel counts to vary over, by what was seen of it: a normal around `mean`. */
async function deviations(
  limits: Limits,
  seen: { mean?: number; std: number },
  { angle = false, of = 'unskilled' }: { angle?: boolean; of?: 'skilled' | 'unskilled' } = {},
): Promise<number[]> {
  const random = new Random(3);
  const states = Float32Array.from({ length: ROWS }, () => (seen.mean ?? 0) + seen.std * random.normal());
  const space: PolicySpace = {
    layout: { angles: [angle], actions: 1, history: 1, reward: false },
    limits: [limits],
    actions: [{ name: 'push', low: -1, high: 1, values: null }],
  };
  const arrays = await fittedNormaliser(await openEngine('native'), space, states, of);
  return [...(arrays.get('input/scale')?.values ?? [])].map((scale) => 1 / scale);
}

describe('the normaliser of a policy’s inputs', () => {
  it('takes what was seen to vary for a channel without limits', async () => {
    const [deviation = Number.NaN] = await deviations(null, { std: 0.3 });
    expect(deviation).toBeGreaterThan(0.28);
    expect(deviation).toBeLessThan(0.32);
  });

  it('does not blow up a channel of which a small part of its limits was seen', async () => {
    expect((await deviations([-1, 1], { std: 0.1 }))[0]).toBeCloseTo(0.5, 5);
    expect((await deviations([-1, 1], { std: 0.9 }))[0]).toBeGreaterThan(0.8);
  });

  it('does not flatten a channel whose limits are far beyond what happens', async () => {
    const [deviation = Number.NaN] = await deviations([-1e6, 1e6], { std: 0.3 });
    expect(deviation).toBeGreaterThan(2.8);
    expect(deviation).toBeLessThan(3.2);
  });

  it('knows of a pole that only ever hung that it may stand upright', async () => {
    const [sine = 0, cosine = 0] = await deviations(null, { mean: Math.PI, std: 0.4 }, { angle: true });
    expect(sine).toBeCloseTo(0.5, 5);
    expect(cosine).toBeCloseTo(0.5, 5);
  });

  it('takes what was seen of who knows how it is done for what will be', async () => {
    const [deviation = Number.NaN] = await deviations([-1, 1], { std: 0.1 }, { of: 'skilled' });
    expect(deviation).toBeGreaterThan(0.09);
    expect(deviation).toBeLessThan(0.11);
  });

  it('takes a channel that stood still by its limits, or as it is where it has none', async () => {
    expect((await deviations([-2, 2], { std: 0 }))[0]).toBeCloseTo(1, 5);
    expect((await deviations(null, { std: 0 }))[0]).toBe(1);
    expect((await deviations([0, 0.4], { std: 0 }))[0]).toBeCloseTo(0.1, 5);
  });
});
