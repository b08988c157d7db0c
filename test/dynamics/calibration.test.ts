import { describe, expect, it } from 'vitest';
import { calibrate, type Outcome } from '../../src/main/dynamics/evaluate/calibration';
import { varianceParts } from '../../src/main/dynamics/evaluate/particles';
import { Random } from '../../src/shared/random';

const X = [{ name: 'x', unit: 'm', angle: false }];
const level = (p: number, levels: readonly number[]) => levels.indexOf(p);

/** Predictions N(m, s²) that claim `claimed` of what is really `noise`, alternately of two halves. */
function outcomes(
  count: number,
  claimed: (i: number) => number,
  truth: (i: number, random: Random) => number,
) {
  const random = new Random(3);
  return Array.from({ length: count }, (_, i): Outcome => {
    const mean = 10 * random.normal();
    const variances = Float64Array.of(claimed(i) ** 2);
    return {
      predicted: [{ means: Float64Array.of(mean), variances }],
      truth: [mean + truth(i, random)],
      half: i % 2 ? 1 : 0,
    };
  });
}

describe('recalibration', () => {
  it.each([0.3, 0.7, 1, 2.5])(
    'of predictions that claim %s of the noise covers 90 ± 3 %% with one factor',
    (claim) => {
      const found = calibrate(
        1,
        X,
        outcomes(
          2000,
          () => claim,
          (_, random) => random.normal(),
        ),
      );
      expect(found?.channels[0]?.scale).toBeGreaterThan(0.94 / claim);
      expect(found?.channels[0]?.scale).toBeLessThan(1.06 / claim);
      for (const p of [0.5, 0.9, 0.95]) {
        expect(found?.after[level(p, found.levels)]).toBeGreaterThan(p - 0.03);
        expect(found?.after[level(p, found.levels)]).toBeLessThan(p + 0.03);
      }
    },
  );

  it('keeps what the model knows of where it is unsure: noise that changes stays covered at both sizes', () => {
    const size = (i: number) => (i % 4 < 2 ? 0.1 : 1);
    const all = outcomes(
      4000,
      (i) => size(i) / 2,
      (i, random) => size(i) * random.normal(),
    );
    const found = calibrate(1, X, all);
    expect(found?.channels[0]?.scale).toBeCloseTo(2, 0);
    expect(found?.after[level(0.9, found.levels)]).toBeCloseTo(0.9, 1);
  });

  it('makes 90 % true also where errors have heavy tails, and shows that other levels then are not', () => {
    const heavy = (_: number, random: Random) => random.normal() / Math.max(0.15, Math.abs(random.normal()));
    const found = calibrate(
      1,
      X,
      outcomes(4000, () => 1, heavy),
    );
    expect(found?.after[level(0.9, found.levels)]).toBeGreaterThan(0.87);
    expect(found?.after[level(0.9, found.levels)]).toBeLessThan(0.93);
    expect(found?.after[level(0.5, found.levels)]).toBeGreaterThan(0.55);
  });

  it('compares angles on the turn that the prediction is on', () => {
    const angle = [{ name: 'theta', unit: 'rad', angle: true }];
    const turned = outcomes(
      400,
      () => 0.1,
      (_, random) => 0.1 * random.normal(),
    ).map((one) => ({
      ...one,
      truth: one.truth.map((y) => Math.atan2(Math.sin(y), Math.cos(y))),
    }));
    const found = calibrate(1, angle, turned);
    expect(found?.before[level(0.9, found.levels)]).toBeGreaterThan(0.85);
  });

  it('says nothing from a handful of steps or of a channel without spread', () => {
    expect(
      calibrate(
        1,
        X,
        outcomes(
          19,
          () => 1,
          () => 0,
        ),
      ),
    ).toBeUndefined();
    expect(
      calibrate(
        1,
        X,
        outcomes(
          100,
          () => 0,
          () => 0.1,
        ),
      ),
    ).toBeUndefined();
  });
});

describe('the parts of the variance', () => {
  it('are the noise and the disagreement that particles were drawn with, on average over starts', () => {
    const counts = { members: 3, functions: 4, noises: 3 };
    const random = new Random(5);
    const offsets = [-1, 0, 2];
    const [own, between, functional] = [0.5, 0.8, 0.6];
    let [epistemic, aleatoric] = [0, 0];
    const starts = 4000;
    for (let s = 0; s < starts; s++) {
      const means: number[] = [];
      for (const offset of offsets) {
        for (let f = 0; f < counts.functions; f++) {
          const function_ = functional * random.normal();
          for (let n = 0; n < counts.noises; n++) means.push(offset + function_ + between * random.normal());
        }
      }
      const variances = new Float64Array(means.length).fill(own ** 2);
      const parts = varianceParts({ means: Float64Array.from(means), variances }, counts);
      epistemic += parts.epistemic / starts;
      aleatoric += parts.aleatoric / starts;
    }
    // Members −1, 0, 2: population variance 14/9.
    expect(epistemic).toBeCloseTo(14 / 9 + functional ** 2, 1);
    expect(aleatoric).toBeCloseTo(own ** 2 + between ** 2, 1);
  });
});
