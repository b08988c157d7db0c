import { Vector3 } from 'three';
import { describe, expect, test } from 'vitest';
import { segmentBuffers, Tracer } from '../../../src/renderer/scene/futures';
import { Kinematics, tracedPoint } from '../../../src/renderer/scene/kinematics';
import { fillPast, pastOf } from '../../../src/renderer/scene/past';
import { draw } from './draw';

const SLIDE = draw(`<mujoco><worldbody><body><joint name="x" type="slide" axis="1 0 0"/>
  <geom size="0.1"/></body></worldbody></mujoco>`);
const point = tracedPoint(SLIDE);
const tracer = () => new Tracer(new Kinematics(SLIDE), [0], point ?? { body: 1, local: [0, 0, 0] });
const row = (step: number, x: number) => ({ step, observation: [x] });
const forecast = (step: number, x: number) => ({ step, mean: [x], std: [0] });

test('what was predicted is laid beside what came, and nothing that has not come or is no number', () => {
  const past = pastOf(
    [row(4, 1), row(5, 2), row(6, 3)],
    [forecast(3, 9), forecast(4, 1.5), forecast(5, Number.NaN), forecast(6, 2.5), forecast(7, 9)],
  );
  expect(past.predicted).toEqual([row(4, 1.5), row(6, 2.5)]);
});

describe('the two paths', () => {
  const colours = { measured: [1, 0, 0], predicted: [0, 1, 0], apart: [0, 0, 1] };
  const past = pastOf([row(4, 1), row(5, 2), row(6, 3)], [forecast(4, 1.5), forecast(6, 2.5)]);
  const segmentsOf = (most: number) => {
    const out = segmentBuffers(most);
    const count = fillPast(past, tracer(), colours, out);
    return Array.from({ length: count }, (_, i) => ({
      from: new Vector3().fromArray(out.positions, 6 * i).x,
      to: new Vector3().fromArray(out.positions, 6 * i + 3).x,
      colour: [...out.colours.slice(6 * i, 6 * i + 3)],
    }));
  };

  test('are drawn step by step, the one really taken on top, joined every few steps', () => {
    expect(segmentsOf(10)).toEqual([
      { from: 1.5, to: 1, colour: colours.apart },
      { from: 1.5, to: 2.5, colour: colours.predicted },
      { from: 1, to: 2, colour: colours.measured },
      { from: 2, to: 3, colour: colours.measured },
    ]);
  });

  test('are broken where steps are missing', () => {
    const out = segmentBuffers(9);
    const gap = pastOf([row(1, 1), row(2, 2), row(9, 3), row(10, 4)], []);
    expect(fillPast(gap, tracer(), colours, out)).toBe(2);
  });

  test('end where there is no room for more', () => {
    expect(segmentsOf(2)).toHaveLength(2);
  });
});
