import { describe, expect, test } from 'vitest';
import type { Evaluation, EvaluationReport } from '../../src/shared/model';
import { TrainOptions } from '../../src/shared/model-options';
import { recalibrationOf, verdict } from '../../src/shared/verdict';

const HORIZONS = [1, 5, 10, 25];
const channel = (name: string, error: (number | null)[], last = [1, 2, 3, 4], velocity = [0.5, 2, 4, 8]) => ({
  name,
  unit: 'm',
  error,
  last,
  velocity,
});
const UNSEEN = { kind: 'unseen', episodes: 2, steps: 100, irregular: 0 } as const;
const evaluation = (...channels: Evaluation['channels']): Evaluation => ({
  horizons: HORIZONS,
  channels,
  samples: [9, 9, 9, 9],
  report: null,
  judgedOn: UNSEEN,
});

describe('the verdict in words', () => {
  test('is good only when every channel beats both trivial predictors at every horizon', () => {
    const judged = verdict(
      evaluation(channel('x', [0.1, 0.2, 0.3, 0.4]), channel('v', [0.4, 1.9, 2.9, 3.9])),
      0.02,
    );
    expect(judged.tone).toBe('good');
    expect(judged.sentence).toBe(
      'Beats both trivial predictors on every channel up to 25 steps (0.5 s), the farthest that was measured.',
    );
  });

  test('names the channel that gives out first, and how far all can be trusted', () => {
    const judged = verdict(
      evaluation(channel('x', [0.1, 0.2, 0.3, 0.4]), channel('v', [0.1, 1, 9, 1])),
      0.02,
    );
    expect(judged.tone).toBe('partly');
    expect(judged.sentence).toContain('up to 5 steps (0.1 s)');
    expect(judged.sentence).toContain('beyond that v is no better');
    expect(judged.channels).toEqual([
      { name: 'x', trusted: 25, measured: 25 },
      { name: 'v', trusted: 5, measured: 25 },
    ]);
  });

  test('calls channels as they are titled, in sentences alone', () => {
    const titled = (name: string) => (name === 'v' ? 'Cart velocity' : name);
    const judged = verdict(
      evaluation(channel('x', [0.1, 0.2, 0.3, 0.4]), channel('v', [0.1, 1, 9, 1])),
      ...([0.02, titled] as const),
    );
    expect(judged.sentence).toContain('beyond that Cart velocity is no better');
    expect(judged.channels.map(({ name }) => name)).toEqual(['x', 'v']);
  });

  test('beating only one of the two is not beating both', () => {
    // 0.7 beats "nothing changes" (1), not "the last change repeats" (0.5).
    const judged = verdict(
      evaluation(channel('x', [0.7, 0.7, 0.7, 0.7]), channel('v', [0.1, 0.2, 0.3, 0.4])),
      0.02,
    );
    expect(judged.tone).toBe('partly');
    expect(judged.sentence).toContain('a trivial guess is no worse on x');
    expect(judged.channels[0]).toEqual({ name: 'x', trusted: 0, measured: 25 });
    expect(judged.next).toContain('Record more');
  });

  test('a draw is no win', () => {
    expect(verdict(evaluation(channel('x', [0.5, 2, 3, 4])), 0.02).tone).toBe('bad');
  });

  test('horizons that were not measured neither help nor harm', () => {
    const judged = verdict(evaluation(channel('x', [0.1, 0.2, null, null])), 0.02);
    expect(judged.tone).toBe('good');
    expect(judged.channels[0]).toEqual({ name: 'x', trusted: 5, measured: 5 });
  });

  test('horizons need no order', () => {
    const mixed: Evaluation = {
      horizons: [25, 1],
      channels: [{ name: 'x', unit: 'm', error: [9, 0.1], last: [4, 1], velocity: [8, 1] }],
      samples: [1, 1],
      report: null,
      judgedOn: UNSEEN,
    };
    expect(verdict(mixed, 0.02).channels[0]).toEqual({ name: 'x', trusted: 1, measured: 25 });
  });

  test.each([null, evaluation(channel('x', [null, null, null, null])), evaluation()])(
    'is withheld where nothing was measured',
    (nothing) => {
      expect(verdict(nothing, 0.02)).toMatchObject({ tone: 'unknown' });
    },
  );
});

describe('the verdict of a full evaluation', () => {
  const full = (
    trusted: (number | null)[],
    changes: Partial<EvaluationReport> = {},
    ...channels: Evaluation['channels']
  ): Evaluation => ({
    ...evaluation(...channels),
    report: {
      trustedFraction: 0.5,
      channels: channels.map(({ name }, i) => ({
        ...{ name, spread: 1, trusted: trusted[i] ?? null, measured: 25 },
        ...{ epistemic: [], aleatoric: [] },
      })),
      ...{ nll: null, nllByChannel: [], density: null, calibration: [], worst: [], coverage: [], notes: [] },
      ...changes,
    },
  });
  const calibrated = (before: number, after: number) => ({
    calibration: [
      {
        ...{ horizon: 1, samples: 500, levels: [0.5, 0.9], before: [0.5, before], after: [0.5, after] },
        channels: [{ name: 'x', before: [], after: [], scale: 1.7 }],
      },
    ],
  });

  test('counts steps before the error passes the share of the spread, not horizons of the table', () => {
    const judged = verdict(
      full([17, 25], {}, channel('x', [0.1, 0.2, 0.3, 0.6]), channel('v', [0.1, 0.2, 0.3, 0.4])),
      0.1,
    );
    expect(judged.tone).toBe('partly');
    expect(judged.sentence).toBe(
      'The error stays within 50 % of the spread on every channel up to 17 steps (1.7 s); beyond that x passes it.',
    );
    expect(judged.channels).toEqual([
      { name: 'x', trusted: 17, measured: 25 },
      { name: 'v', trusted: 25, measured: 25 },
    ]);
  });

  test('a channel that passes it at once forbids planning', () => {
    const judged = verdict(full([null], {}, channel('x', [0.9, 1, 1, 1])), 0.1);
    expect(judged.tone).toBe('bad');
    expect(judged.sentence).toContain('on x its error passes 50 % of the spread, even one step ahead');
  });

  const trivialAtFirst = channel('x', [0.1, 0.2, 0.3, 0.4], [0.05, 0.3, 1, 1]);

  test('a small error that a trivial guess has too is no merit: no number of steps is promised', () => {
    const good = channel('v', [0.1, 0.2, 0.3, 0.4]);
    const judged = verdict(full([20, 25], {}, trivialAtFirst, good), 0.1);
    expect(judged.tone).toBe('partly');
    expect(judged.sentence).toContain('One step ahead a trivial guess is no worse on x');
    expect(judged.sentence).not.toContain('20');
    expect(judged.channels[0]).toEqual({ name: 'x', trusted: 0, measured: 25 });
    expect(judged.warnings).toEqual([
      'On x a trivial guess is no worse at 1 step: the number is small, but the model adds nothing there.',
    ]);
  });

  test('a model that knows nothing of any channel is not planned with', () => {
    const judged = verdict(full([20], {}, trivialAtFirst), 0.1);
    expect(judged.tone).toBe('bad');
    expect(judged.sentence).toContain('on x it is no better than a trivial guess, even one step ahead');
  });

  test('a channel that stands still says nothing against a model, and nothing for it', () => {
    const still = channel('still', [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]);
    const both = full([25, 25], {}, still, channel('x', [0.1, 0.2, 0.3, 0.4]));
    const [first] = both.report?.channels ?? [];
    if (first) first.spread = 0;
    expect(verdict(both, 0.1).tone).toBe('good');
    const only = full([25, 25], {}, still, trivialAtFirst);
    const [alone] = only.report?.channels ?? [];
    if (alone) alone.spread = 0;
    expect(verdict(only, 0.1).tone).toBe('bad');
  });

  test.each(['learned', 'unknown'] as const)(
    'is never green on steps that are not known to be new (%s), but still red where it is bad even there',
    (kind) => {
      const on = (judged: Evaluation): Evaluation => ({ ...judged, judgedOn: { ...UNSEEN, kind } });
      const good = verdict(on(full([25], {}, channel('x', [0.1, 0.2, 0.3, 0.4]))), 0.1);
      expect(good).toMatchObject({ tone: 'unknown', tested: false });
      expect(good.sentence).toMatch(/^Not tested: /);
      const bad = verdict(on(full([null], {}, channel('x', [0.9, 1, 1, 1]))), 0.1);
      expect(bad).toMatchObject({ tone: 'bad', tested: false });
    },
  );

  test('says when intervals hold less than they claim, and passes notes on', () => {
    const x = channel('x', [0.1, 0.2, 0.3, 0.4]);
    const sure = verdict(full([25], { ...calibrated(0.59, 0.901), notes: ['A note.'] }, x), 0.1);
    expect(sure.warnings).toEqual([
      'It is too sure of itself: its 90 % intervals hold 59 % of what came one step later, and 90.1 % once recalibrated.',
      'A note.',
    ]);
    expect(verdict(full([25], calibrated(0.91, 0.9), x), 0.1).warnings).toEqual([]);
    expect(verdict(full([25], calibrated(0.99, 0.9), x), 0.1).warnings[0]).toContain(
      'less sure than it could be',
    );
  });

  test('gives factors on the standard deviation by channel, 1 for those without', () => {
    const model = {
      observations: [{ name: 'v' }, { name: 'x' }],
      options: TrainOptions.parse({ rewardHead: true }),
    };
    const judged = full([25], calibrated(0.59, 0.9), channel('x', [0.1]));
    expect(recalibrationOf(judged, model)).toEqual([1, 1.7, 1]);
    const learned = { ...judged, judgedOn: { ...UNSEEN, kind: 'learned' as const } };
    expect(recalibrationOf(learned, model)).toBeNull();
    expect(recalibrationOf(evaluation(channel('x', [0.1])), model)).toBeNull();
    expect(recalibrationOf(null, model)).toBeNull();
  });
});
