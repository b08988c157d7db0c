import { Vector3 } from 'three';
import { describe, expect, test } from 'vitest';
import { segmentBuffers, Tracer } from '../../../src/renderer/scene/futures';
import { Kinematics, tracedPoint } from '../../../src/renderer/scene/kinematics';
import { fillPast, TracedPath } from '../../../src/renderer/scene/past';
import { draw } from './draw';

const SLIDE = draw(`<mujoco><worldbody><body><joint name="x" type="slide" axis="1 0 0"/>
  <geom size="0.1"/></body></worldbody></mujoco>`);
const point = tracedPoint(SLIDE);
const tracer = () => new Tracer(new Kinematics(SLIDE), [0], point ?? { body: 1, local: [0, 0, 0] });
/** The slide's point at some steps, in the order given. */
function pathOf(points: readonly (readonly [step: number, x: number])[], most = 20): TracedPath {
  const path = new TracedPath(most);
  for (const [step, x] of points) path.add(step, points, [x], tracer());
  return path;
}
const at = (path: TracedPath, step: number) => {
  const out = new Vector3();
  return path.point(step, out) ? out.x : null;
};

describe('a traced path', () => {
  test('knows the newest steps, each by what it came from', () => {
    const [first, second] = [[1], [2]];
    const path = new TracedPath(3);
    for (const step of [4, 5, 6, 7]) path.add(step, first, [step], tracer());
    expect([4, 5, 6, 7, 8].map((step) => at(path, step))).toEqual([null, 5, 6, 7, null]);
    expect([path.has(6, first), path.has(6, second), path.has(4, first)]).toEqual([true, false, false]);
    path.add(6, second, [9], tracer());
    expect(at(path, 6)).toBe(9);
    path.clear();
    expect(path.has(6, second)).toBe(false);
  });
});

describe('the two paths', () => {
  const colours = { measured: [1, 0, 0], predicted: [0, 1, 0], apart: [0, 0, 1] };
  const measured = pathOf([
    [4, 1],
    [5, 2],
    [6, 3],
  ]);
  const predicted = pathOf([
    [3, 9],
    [4, 1.5],
    [6, 2.5],
    [7, 9],
  ]);
  const segmentsOf = (most: number) => {
    const out = segmentBuffers(most);
    const count = fillPast({ measured, predicted, from: 3, to: 7 }, colours, out);
    return Array.from({ length: count }, (_, i) => ({
      from: new Vector3().fromArray(out.positions, 6 * i).x,
      to: new Vector3().fromArray(out.positions, 6 * i + 3).x,
      colour: [...out.colours.slice(6 * i, 6 * i + 3)],
    }));
  };

  test('are drawn step by step where something was measured, the one really taken on top, joined every few steps', () => {
    expect(segmentsOf(10)).toEqual([
      { from: 1.5, to: 1, colour: colours.apart },
      { from: 1.5, to: 2.5, colour: colours.predicted },
      { from: 1, to: 2, colour: colours.measured },
      { from: 2, to: 3, colour: colours.measured },
    ]);
  });

  test('are broken where steps are missing', () => {
    const gap = pathOf([
      [1, 1],
      [2, 2],
      [9, 3],
      [10, 4],
    ]);
    const past = { measured: gap, predicted: new TracedPath(20), from: 1, to: 10 };
    expect(fillPast(past, colours, segmentBuffers(9))).toBe(2);
  });

  test('end where there is no room for more', () => {
    expect(segmentsOf(2)).toHaveLength(2);
  });
});
