import { describe, expect, it } from 'vitest';
import { ChangeDetector, detectorBaseline } from '../../src/main/core/adaptation/change-detector';
import type { Surprise } from '../../src/main/dynamics/surprise';
import { Random } from '../../src/shared/random';

const CHANNELS = 4;
const steps = (count: number, one: (step: number) => Surprise): Surprise[] =>
  Array.from({ length: count }, (_, step) => one(step));

/** Errors of a model that is `factor` times as wrong as it says, SI scale by channel. */
const errors =
  (random: Random, factor: (step: number) => number = () => 1, std = 0.01, channels = CHANNELS) =>
  (step: number): Surprise => {
    const noise = Array.from({ length: channels }, () => (random.normal() * std * factor(step)) ** 2);
    const variance = noise.map(() => std ** 2);
    return { squaredError: noise, variance, epistemic: variance.map((v) => v * 0.1) };
  };

function announced(detector: ChangeDetector, surprises: readonly Surprise[]) {
  return surprises.flatMap((surprise, step) => {
    const change = detector.observe(step, surprise);
    return change ? [{ step, ...change }] : [];
  });
}

describe('the detector of a changed plant', () => {
  it('is silent over 100 000 steps of a model that is as wrong as it says, or twice', () => {
    for (const factor of [0.3, 1, 2]) {
      const random = new Random(7);
      const baseline = detectorBaseline(CHANNELS, steps(500, errors(random)));
      const found = announced(
        new ChangeDetector(baseline),
        steps(
          100_000,
          errors(random, () => factor),
        ),
      );
      expect(found).toEqual([]);
    }
  });

  it('is silent when errors come in bursts, as where a rig passes a place that the model knows badly', () => {
    const random = new Random(8);
    const baseline = detectorBaseline(CHANNELS, steps(500, errors(random)));
    const bursts = (step: number) => (step % 200 < 25 ? 3 : 0.3);
    expect(announced(new ChangeDetector(baseline), steps(100_000, errors(random, bursts)))).toEqual([]);
  });

  it('is silent on single wild errors: a reading that was hit by lightning', () => {
    const random = new Random(9);
    const baseline = detectorBaseline(CHANNELS, steps(500, errors(random)));
    const wild = (step: number) => (step % 20 === 0 ? 1e6 : 1);
    expect(announced(new ChangeDetector(baseline), steps(20_000, errors(random, wild)))).toEqual([]);
  });

  it('announces errors ten times as large once, 97 times of 100 within 40 steps and dated to within 25', () => {
    const cases = new Random(11);
    let asTold = 0;
    for (let one = 0; one < 200; one++) {
      const random = new Random(cases.integer(1e6));
      const at = cases.integer(401);
      const baseline = detectorBaseline(CHANNELS, steps(300, errors(random)));
      const change = (step: number) => (step >= at ? 10 : 1);
      const found = announced(new ChangeDetector(baseline), steps(at + 400, errors(random, change)));
      expect(found).toHaveLength(1);
      const { step, since, growth } = found[0]!;
      if (step - at <= 40 && Math.abs(since - at) <= 25 && (at < 20 || growth > 5)) asTold++;
    }
    expect(asTold).toBeGreaterThanOrEqual(194);
  });

  it('names the channel whose errors grew', () => {
    const random = new Random(10);
    const baseline = detectorBaseline(CHANNELS, steps(300, errors(random)));
    const worn = steps(200, errors(random)).map((one, step) => ({
      ...one,
      squaredError: one.squaredError.map((e, c) => (c === 2 && step >= 100 ? e * 400 : e)),
    }));
    expect(announced(new ChangeDetector(baseline), worn)).toMatchObject([{ channel: 2 }]);
  });

  it('does not judge steps on which the members disagree far more than on the data', () => {
    const random = new Random(11);
    const baseline = detectorBaseline(CHANNELS, steps(300, errors(random)));
    const astray = steps(
      500,
      errors(random, () => 30),
    ).map((one) => ({
      ...one,
      epistemic: one.variance.map((v) => 10 * v),
    }));
    expect(announced(new ChangeDetector(baseline), astray)).toEqual([]);
  });

  it('takes what comes after a change for the new state of affairs, and announces a second one', () => {
    const random = new Random(12);
    const baseline = detectorBaseline(CHANNELS, steps(300, errors(random)));
    const twice = (step: number) => (step < 100 ? 1 : step < 600 ? 10 : 200);
    const found = announced(new ChangeDetector(baseline), steps(1000, errors(random, twice)));
    expect(found.map(({ since }) => Math.round(since / 50) * 50)).toEqual([100, 600]);
  });

  it('announces smaller errors with more sensitivity', () => {
    const worn = (sensitivity: number) => {
      const random = new Random(13);
      const baseline = detectorBaseline(CHANNELS, steps(300, errors(random)));
      return announced(
        new ChangeDetector(baseline, sensitivity),
        steps(
          500,
          errors(random, (step) => (step >= 200 ? 4 : 1)),
        ),
      );
    };
    expect(worn(0.5)).toEqual([]);
    expect(worn(3).length).toBeGreaterThan(0);
  });

  it('is calm after 50 steps of expected errors, however many channels there are', () => {
    for (const channels of [1, 4, 12]) {
      for (let seed = 0; seed < 40; seed++) {
        const random = new Random(seed);
        const baseline = detectorBaseline(
          channels,
          steps(
            300,
            errors(random, () => 1, 0.01, channels),
          ),
        );
        const right = new ChangeDetector(baseline);
        announced(
          right,
          steps(
            49,
            errors(random, () => 1, 0.01, channels),
          ),
        );
        expect(right.calm).toBe(false);
        announced(
          right,
          steps(
            1,
            errors(random, () => 1, 0.01, channels),
          ),
        );
        expect(right.calm).toBe(true);
      }
    }
  });

  it('is never calm while the errors of all channels, or of one, are too large', () => {
    const random = new Random(16);
    const baseline = detectorBaseline(CHANNELS, steps(300, errors(random)));
    const one = (step: number): Surprise => {
      const { squaredError, ...rest } = errors(random)(step);
      return { ...rest, squaredError: squaredError.map((error, c) => (c === 2 ? 20 ** 2 * error : error)) };
    };
    for (const wrong of [errors(random, () => 20), one]) {
      const detector = new ChangeDetector(baseline);
      announced(detector, steps(200, wrong));
      // Although what it does after the change it announced is no further change.
      expect(detector.calm).toBe(false);
    }
  });

  it('works without any of the model’s own data, and with a model that gives no variance', () => {
    const random = new Random(15);
    const change = (step: number) => (step >= 300 ? 20 : 1);
    expect(
      announced(new ChangeDetector(detectorBaseline(CHANNELS, [])), steps(400, errors(random, change))),
    ).toHaveLength(1);
    const blind = (factor: (step: number) => number) => {
      const one = errors(random, factor);
      return (step: number): Surprise => ({ ...one(step), variance: [0, 0, 0, 0], epistemic: [0, 0, 0, 0] });
    };
    const baseline = detectorBaseline(
      CHANNELS,
      steps(
        300,
        blind(() => 1),
      ),
    );
    expect(
      announced(
        new ChangeDetector(baseline),
        steps(
          20_000,
          blind(() => 1.5),
        ),
      ),
    ).toEqual([]);
    expect(announced(new ChangeDetector(baseline), steps(500, blind(change)))).toHaveLength(1);
  });
});
