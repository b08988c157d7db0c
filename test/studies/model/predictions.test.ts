import { describe, expect, it } from 'vitest';
import { drawNext, uncertainties } from '../../../src/main/studies/model/predictions';
import { Random } from '../../../src/shared/random';
import { randomModel } from '../../dynamics/models';

const CHANNELS = {
  observations: ['x', 'y'].map((name) => ({ name, unit: 'm', angle: false, limits: null })),
  actions: [{ name: 'push', unit: '1', angle: false, limits: [-1, 1] as [number, number] }],
  periodSeconds: 0.1,
};
const modelOf = (options: Parameters<typeof randomModel>[1]['class'], seed = 1) =>
  randomModel(CHANNELS, { class: options }, seed);

/** Three states and actions. */
const states = Float64Array.of(0.3, -0.2, 1, 1, -2, 0.5);
const actions = Float64Array.of(0.5, -1, 0);

describe('what a model says about its own uncertainty', () => {
  it.each([
    ['one Gaussian', { name: 'gaussian', hiddenUnits: 8 } as const],
    ['an ensemble', { name: 'ensemble', members: 4, elites: 4, hiddenUnits: 8 } as const],
  ])('is for %s the variance of what it draws, in units of the change’s own', async (_, options) => {
    const model = modelOf(options);
    const count = 8000;
    const { total } = await uncertainties(model, states, actions);
    const drawn = await drawNext(model, states, actions, count, new Random(2));
    const { targetStd } = model.normaliser;
    drawn.forEach((next, point) => {
      const variances = [0, 1].map((c) => {
        const values = Array.from({ length: count }, (_, i) => next[2 * i + c]!);
        const mean = values.reduce((sum, v) => sum + v, 0) / count;
        return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / count / targetStd[c]! ** 2;
      });
      const measured = (variances[0]! + variances[1]!) / 2;
      expect(Math.abs(total[point]! / measured - 1)).toBeLessThan(0.1);
    });
  });

  it('knows nothing of what it does not know with one network, and with several that are the same nothing is unknown', async () => {
    expect(
      (await uncertainties(modelOf({ name: 'gaussian', hiddenUnits: 8 }), states, actions)).epistemic,
    ).toBeUndefined();
    const model = modelOf({ name: 'ensemble', members: 3, elites: 3, hiddenUnits: 8 });
    const apart = await uncertainties(model, states, actions);
    for (const value of apart.epistemic ?? []) expect(value).toBeGreaterThan(1e-4);
    for (const { values } of model.weights.values()) {
      values.copyWithin(values.length / 3, 0, values.length / 3);
      values.copyWithin((2 * values.length) / 3, 0, values.length / 3);
    }
    const same = await uncertainties(model, states, actions);
    for (const value of same.epistemic ?? [Number.NaN]) expect(value).toBeLessThan(1e-9);
  });

  it('does not depend on how many rows are asked about at once', async () => {
    const model = modelOf({ name: 'ensemble', members: 2, elites: 2, hiddenUnits: 8 });
    const many = 260;
    const repeated = (values: Float64Array) =>
      Float64Array.from({ length: (many * values.length) / 3 }, (_, i) => values[i % values.length]!);
    const few = await uncertainties(model, states, actions);
    const all = await uncertainties(
      model,
      repeated(states).slice(0, many * 2),
      repeated(actions).slice(0, many),
    );
    for (let row = 0; row < many; row++) expect(all.total[row]).toBeCloseTo(few.total[row % 3]!, 5);
  });
});
