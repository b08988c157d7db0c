import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createController } from '../../src/main/control/controllers';
import { multisine, multisineLines } from '../../src/main/control/excitation/multisine';
import { OU_DEVIATION, ornsteinUhlenbeck, randomWalk } from '../../src/main/control/excitation/noise';
import { maximalLengthSequence, stepsPerBit } from '../../src/main/control/excitation/shift-register';
import type { ControllerSpec } from '../../src/main/control/messages';
import { Excitation, type ExcitationMethod } from '../../src/shared/excitation';
import { Random } from '../../src/shared/random';
import { ActionChannel } from '../../src/shared/rig';

const seeded = { seed: 7, numRuns: 15 };

const correlation = (values: ArrayLike<number>, lag: number): number => {
  let sum = 0;
  for (let k = 0; k + lag < values.length; k++) sum += (values[k] ?? 0) * (values[k + lag] ?? 0);
  return sum / (values.length - lag);
};

describe('a pseudo-random binary sequence', () => {
  it.each(Array.from({ length: 13 }, (_, i) => i + 2))(
    'of order %i has the period 2^n − 1, one more 1 than −1, and correlates with itself at no shift',
    (order) => {
      const bits = maximalLengthSequence(order);
      const period = 2 ** order - 1;
      expect(bits).toHaveLength(period);
      expect(bits.reduce((sum, bit) => sum + bit, 0)).toBe(1);
      const shifts = period <= 1023 ? period - 1 : 40;
      for (let i = 1; i <= shifts; i++) {
        const shift = period <= 1023 ? i : 1 + ((i * 7919) % (period - 1));
        let sum = 0;
        for (let k = 0; k < period; k++) sum += (bits[k] ?? 0) * (bits[(k + shift) % period] ?? 0);
        expect(sum).toBe(-1);
      }
    },
  );

  it.each([15, 16, 17, 18])('of order %i comes back to where it began only at the end', (order) => {
    const bits = maximalLengthSequence(order);
    expect(bits.reduce((sum, bit) => sum + bit, 0)).toBe(1);
    // A window of n values never occurs twice in a maximal-length sequence.
    const seen = new Uint8Array(2 ** order);
    let window = 0;
    for (let k = 0; k < bits.length + order; k++) {
      window = ((window << 1) | (bits[k % bits.length] === 1 ? 1 : 0)) & (2 ** order - 1);
      if (k < order - 1 || k >= bits.length + order - 1) continue;
      if (seen[window] === 1) throw new Error(`The window ${window} occurs twice.`);
      seen[window] = 1;
    }
  });

  it('has at least half of its power up to the bandwidth, at every frequency', () => {
    // Held for some steps: its lines below the bandwidth against the first.
    const dt = 0.01;
    const bandwidth = 5;
    const every = stepsPerBit(bandwidth, dt);
    const bits = maximalLengthSequence(7);
    const signal = Array.from({ length: bits.length * every }, (_, k) => bits[Math.floor(k / every)] ?? 0);
    const power = (line: number) => {
      let [re, im] = [0, 0];
      signal.forEach((value, k) => {
        re += value * Math.cos((2 * Math.PI * line * k) / signal.length);
        im += value * Math.sin((2 * Math.PI * line * k) / signal.length);
      });
      return re * re + im * im;
    };
    const lowest = power(1);
    const most = Math.floor(bandwidth * signal.length * dt);
    // Rounded to whole steps, a bit is up to a half of a step shorter or longer than was asked for.
    for (let line = 1; line <= most; line++) expect(power(line) / lowest).toBeGreaterThan(0.47);
    expect(power(2 * most) / lowest).toBeLessThan(0.1);
  });
});

describe('a multisine', () => {
  it('has a crest factor below 2, with lines of the same power up to its bandwidth and none beyond', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 8, max: 40 }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        (channels, count, lowest) => {
          const dt = 0.2 / (lowest * (count + 1));
          const bandwidths = new Array<number>(channels).fill(lowest * count);
          for (const lines of multisineLines(lowest, bandwidths, dt)) {
            const signal = multisine(lines);
            const rms = Math.sqrt(correlation(signal, 0));
            expect(Math.max(...signal.map(Math.abs)) / rms).toBeLessThan(2);
            const highest = (lines.lines.at(-1) ?? 0) / (lines.samples * dt);
            expect(highest).toBeLessThanOrEqual(lowest * count * 1.02);
            expect(rms * rms).toBeGreaterThan(0.25);
          }
        },
      ),
      seeded,
    );
  });

  it('of one channel shares no frequency with that of another', () => {
    const [a, b] = multisineLines(0.2, [3, 3], 0.02).map(multisine);
    const dot = (a ?? []).reduce((sum, value, k) => sum + value * (b?.[k] ?? 0), 0);
    expect(Math.abs(dot)).toBeLessThan(1e-6 * (a?.length ?? 0));
  });
});

describe('noise', () => {
  const long = (next: () => number, count = 60_000) => Float64Array.from({ length: count }, next);

  it('of Ornstein and Uhlenbeck has its stationary variance, and forgets at the rate of its bandwidth', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 4, noNaN: true }), fc.integer(), (bandwidth, seed) => {
        const dt = 0.02;
        const values = long(ornsteinUhlenbeck(bandwidth, dt, 0, new Random(seed)));
        const variance = correlation(values, 0);
        const keep = Math.exp(-2 * Math.PI * bandwidth * dt);
        // Values are as good as this many independent ones; five standard errors of their variance.
        const independent = (values.length * (1 - keep * keep)) / (1 + keep * keep);
        expect(Math.abs(variance / OU_DEVIATION ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / independent));
        for (const lag of [1, 3, 8]) {
          expect(Math.abs(correlation(values, lag) / variance - keep ** lag)).toBeLessThan(
            5 / Math.sqrt(independent / 2),
          );
        }
      }),
      { ...seeded, numRuns: 4 },
    );
  });

  it('of a walk visits all of the range alike, and never leaves it', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 4, noNaN: true }), fc.integer(), (bandwidth, seed) => {
        const values = long(randomWalk(bandwidth, 0.02, 0, new Random(seed)));
        expect(values.every((value) => Math.abs(value) <= 1)).toBe(true);
        expect(Math.abs(correlation(values, 0) - 1 / 3)).toBeLessThan(0.03);
        // Its slowest mode, sin(π x / 2), decays at 2π · bandwidth.
        const mode = values.map((x) => Math.sin((Math.PI * x) / 2));
        const keep = Math.exp(-2 * Math.PI * bandwidth * 0.02);
        expect(Math.abs(correlation(mode, 1) / correlation(mode, 0) - keep)).toBeLessThan(0.02);
      }),
      { ...seeded, numRuns: 3 },
    );
  });
});

describe('an excitation', () => {
  const methods: ExcitationMethod[] = ['walk', 'prbs', 'multisine', 'ou'];
  const channel = fc
    .record({
      low: fc.double({ min: -20, max: -1, noNaN: true }),
      high: fc.double({ min: 1, max: 20, noNaN: true }),
      hold: fc.double({ min: -1, max: 1, noNaN: true }),
      rate: fc.option(fc.double({ min: 0.1, max: 100, noNaN: true }), { nil: undefined }),
    })
    .map(({ low, high, hold, rate }) =>
      ActionChannel.parse({ name: 'u', unit: 'N', limits: [low, high], hold, ratePerSecond: rate }),
    );

  const commands = (spec: ControllerSpec, actions: ActionChannel[], steps: number) => {
    const controller = createController(spec, { actions, periodSeconds: 0.02 }, 0, 0);
    return Array.from({ length: steps }, (_, step) => [...controller.decide(step, 0).requested]);
  };

  it.each(methods)(
    '%s stays within its share of the limits and within the rate, and repeats with its seed',
    (method) => {
      fc.assert(
        fc.property(
          fc.array(channel, { minLength: 1, maxLength: 4 }),
          fc.double({ min: 0.05, max: 1, noNaN: true }),
          fc.double({ min: 0.1, max: 20, noNaN: true }),
          fc.integer({ min: 0 }),
          (actions, amplitude, bandwidth, seed) => {
            const excitation = Excitation.parse({ method }) as Exclude<Excitation, { method: 'uniform' }>;
            const channels = actions.map((_, i) => ({ amplitude, bandwidth, seed: seed + i }));
            const sent = commands({ kind: 'excite', excitation, channels }, actions, 90);
            expect(commands({ kind: 'excite', excitation, channels }, actions, 90)).toEqual(sent);
            actions.forEach(({ limits: [low, high], hold, ratePerSecond = Infinity }, i) => {
              const half = (amplitude * (high - low)) / 2 + 1e-9;
              const middle = (low + high) / 2;
              let before = hold;
              const kept = sent.every((action) => {
                const value = action[i] ?? Number.NaN;
                const slow = Math.abs(value - before) <= ratePerSecond * 0.02 * (1 + 1e-9);
                // On its way from where it held it may still be outside of its share, never outside of the limits.
                const within = Math.abs(value - middle) <= Math.max(half, Math.abs(before - middle));
                before = value;
                return slow && within && value >= low && value <= high;
              });
              expect(kept).toBe(true);
            });
          },
        ),
        seeded,
      );
    },
  );

  it('leaves a channel without an amplitude where it holds, and gives discrete ones their values', () => {
    const actions = [
      ActionChannel.parse({ name: 'a', unit: 'N', limits: [-1, 3], hold: 0.5 }),
      ActionChannel.parse({ name: 'b', unit: '1', limits: [-1, 1], values: [-1, 0, 1] }),
    ];
    const channels = [0, 1].map((amplitude) => ({ amplitude, bandwidth: 5, seed: 1 }));
    const sent = commands({ kind: 'excite', excitation: { method: 'ou' }, channels }, actions, 300);
    expect(new Set(sent.map(([a]) => a))).toEqual(new Set([0.5]));
    expect(new Set(sent.map(([, b]) => b))).toEqual(new Set([-1, 0, 1]));
  });
});
