import { DOMParser } from '@xmldom/xmldom';
import { describe, expect, it } from 'vitest';
import { evaluationFigures, type Figure, svgOf } from '../../src/main/figures';
import type { Evaluation } from '../../src/shared/model';

const HORIZONS = [1, 10, 100];
function evaluation(changes: Partial<Evaluation> = {}): Evaluation {
  return {
    horizons: HORIZONS,
    samples: [100, 90, 0],
    judgedOn: { kind: 'unseen', episodes: 2, steps: 200, irregular: 0 },
    channels: [
      { name: 'x', unit: 'm', error: [0.01, 0.1, null], last: [0.1, 1, null], velocity: [0, 2, null] },
      {
        name: 'theta',
        unit: 'rad',
        error: [0.02, 0.3, null],
        last: [0.1, 1, null],
        velocity: [0.1, 2, null],
      },
    ],
    report: {
      trustedFraction: 0.5,
      channels: ['x', 'theta'].map((name) => ({
        ...{ name, spread: 1, trusted: 10, measured: 99 },
        ...{ epistemic: [0.01, 0.1, null], aleatoric: [0.02, 0.06, null] },
      })),
      ...{ nll: -1, nllByChannel: [-1, -1], density: 'mixture', worst: [], notes: [] },
      calibration: [1, 10].map((horizon) => ({
        ...{ horizon, samples: 90, levels: [0.5, 0.9], before: [0.4, 0.7], after: [0.5, 0.9], channels: [] },
      })),
      coverage: [
        {
          x: { name: 'x', unit: 'm', edges: [0, 1, 2] },
          y: { name: 'theta', unit: 'rad', edges: [0, 1, 2] },
          count: [
            [3, 0],
            [0, 5],
          ],
          error: [
            [0.1, null],
            [null, 0.2],
          ],
          epistemic: [
            [0.1, 0.3],
            [0.4, 0.1],
          ],
        },
      ],
    },
    ...changes,
  };
}

const documentOf = (figure: Figure | undefined) => {
  if (!figure) throw new Error('no figure');
  const svg = svgOf(figure);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  return new DOMParser().parseFromString(svg, 'image/svg+xml');
};
const words = (figure: Figure | undefined) =>
  Array.from(documentOf(figure).getElementsByTagName('text')).map((node) => node.textContent);
const lines = (figure: Figure | undefined) => Array.from(documentOf(figure).getElementsByTagName('polyline'));

describe('the figures of a verdict', () => {
  it('set models side by side, a panel a channel, the trivial predictors dashed', () => {
    const models = ['one', 'two', 'one'].map((name) => ({ name, evaluation: evaluation() }));
    const figures = evaluationFigures(models);
    expect(Object.keys(figures)).toEqual([
      ...['error', 'reliability', 'uncertainty-one', 'coverage-one', 'uncertainty-two', 'coverage-two'],
      ...['uncertainty-one-again', 'coverage-one-again'],
    ]);
    expect(words(figures.error)).toEqual(
      expect.arrayContaining(['x', 'theta', 'error (m)', 'error (rad)', '50 % of the spread', 'one', 'two']),
    );
    // A velocity error of 0 at one step has no place on a logarithmic axis, so that line is a point.
    const drawn = lines(figures.error);
    expect(drawn).toHaveLength(2 * (3 + 2) - 1);
    expect(drawn.filter((line) => line.getAttribute('stroke-dasharray') === '5 3')).toHaveLength(3);
  });

  it('end where the data ends', () => {
    const { error } = evaluationFigures([{ name: 'one', evaluation: evaluation() }]);
    expect(words(error)).toContain('10');
    expect(words(error)).not.toContain('100');
  });

  it('show calibration before and after, and the parts of the spread beside the error', () => {
    const figures = evaluationFigures([{ name: 'one', evaluation: evaluation() }]);
    expect(words(figures.reliability)).toEqual(
      expect.arrayContaining(['1 step ahead', '10 steps ahead', 'as predicted', 'recalibrated']),
    );
    expect(lines(figures.reliability)).toHaveLength(4);
    expect(lines(figures['uncertainty-one'])).toHaveLength(6);
  });

  it('leave out what a model of the past or without spread does not have', () => {
    const past = evaluation({ report: null });
    expect(Object.keys(evaluationFigures([{ name: 'old', evaluation: past }]))).toEqual(['error']);
  });

  it('are drawn on a dark ground when asked', () => {
    const [light, dark] = (['light', 'dark'] as const).map((theme) =>
      svgOf(evaluationFigures([{ name: 'one', evaluation: evaluation() }], theme).error as Figure),
    );
    expect(light).toContain('fill="#ffffff"');
    expect(dark).not.toContain('fill="#ffffff"');
  });
});
