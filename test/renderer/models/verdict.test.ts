import { describe, expect, test } from 'vitest';
import { verdict } from '../../../src/renderer/models/verdict';
import type { Evaluation } from '../../../src/shared/model';

const HORIZONS = [1, 5, 10, 25];
const channel = (name: string, error: (number | null)[], last = [1, 2, 3, 4], velocity = [0.5, 2, 4, 8]) => ({
  name,
  unit: 'm',
  error,
  last,
  velocity,
});
const evaluation = (...channels: Evaluation['channels']): Evaluation => ({
  horizons: HORIZONS,
  channels,
  samples: [9, 9, 9, 9],
  report: null,
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

  test('beating only one of the two is not beating both', () => {
    // 0.7 beats "nothing changes" (1), not "the last change repeats" (0.5).
    const judged = verdict(
      evaluation(channel('x', [0.7, 0.7, 0.7, 0.7]), channel('v', [0.1, 0.2, 0.3, 0.4])),
      0.02,
    );
    expect(judged.tone).toBe('bad');
    expect(judged.sentence).toContain('on x it is no better');
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
