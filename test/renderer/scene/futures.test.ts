import fc from 'fast-check';
import { Vector3 } from 'three';
import { describe, expect, test } from 'vitest';
import {
  fillPath,
  fillTraces,
  fillTube,
  fillTubeColours,
  ghostRows,
  knownRows,
  returnRange,
  segmentBuffers,
  Tracer,
  tubeIndex,
} from '../../../src/renderer/scene/futures';
import { Kinematics, tracedPoint } from '../../../src/renderer/scene/kinematics';
import type { PlanView } from '../../../src/shared/telemetry';
import { NO_INSIGHT } from '../insight';
import { draw } from './draw';

const LENGTH = 2;
const CART_POLE = draw(`<mujoco><compiler angle="radian"/><worldbody>
  <body><joint name="x" type="slide" axis="1 0 0"/><geom type="box" size="0.1 0.1 0.1"/>
    <body><joint name="q" axis="0 1 0"/><geom type="capsule" fromto="0 0 0 0 0 ${LENGTH}" size="0.1"/></body>
  </body></worldbody></mujoco>`);

function tracer(): Tracer {
  const point = tracedPoint(CART_POLE);
  if (!point) throw new Error('the cart-pole has a tip');
  return new Tracer(new Kinematics(CART_POLE), [0, 1], point);
}

function planOf(parts: Partial<PlanView>): PlanView {
  return {
    pilot: 'planner',
    episode: 1,
    step: 0,
    planMs: 1,
    periodMs: 20,
    expectedReturn: 0,
    mean: [],
    std: [],
    actions: [],
    candidates: [],
    insight: NO_INSIGHT,
    ahead: 1,
    ...parts,
  };
}

const position = fc.double({ min: -3, max: 3, noNaN: true });

test('the tip of a cart-pole is where trigonometry puts it', () => {
  const trace = tracer();
  fc.assert(
    fc.property(position, position, (x, q) => {
      const tip = trace.trace([x, q], new Vector3());
      expect(tip.distanceTo(new Vector3(x + LENGTH * Math.sin(q), 0, LENGTH * Math.cos(q)))).toBeLessThan(
        1e-12,
      );
    }),
  );
});

test('a traced point is where it is in the pose of the whole robot, whatever else moves', () => {
  const branched = draw(`<mujoco><compiler angle="radian"/><worldbody>
    <body><joint name="a" axis="0 1 0"/><geom size="0.1"/>
      <body pos="0 0 1"><joint name="b" axis="0 1 0" pos="0.2 0 0"/><geom size="0.1"/></body>
      <body pos="1 0 0"><joint name="c" type="slide" axis="0 0 1"/><geom size="0.1"/><site name="tip" pos="0 0.5 0"/></body>
    </body></worldbody></mujoco>`);
  const point = tracedPoint(branched) ?? { body: 0, local: [0, 0, 0] };
  const kinematics = new Kinematics(branched);
  const source = branched.joints.map((_, joint) => joint);
  const trace = new Tracer(kinematics, source, point);
  fc.assert(
    fc.property(fc.tuple(position, position, position), (values) => {
      const traced = trace.trace(values, new Vector3());
      kinematics.pose(values);
      expect(traced.equals(kinematics.point(point.body, point.local, new Vector3()))).toBe(true);
    }),
  );
  // What hangs beside the point does not make it uncertain.
  const beside = branched.joints.map(({ name }) => (name === 'b' ? 1 : 0));
  expect(trace.spread([0, 0, 0], beside)).toBe(0);
});

describe('the spread of the tip', () => {
  test('is two standard deviations of a sliding cart', () => {
    expect(tracer().spread([0.3, 0.2], [0.05, 0])).toBeCloseTo(0.1, 12);
  });

  test('adds independent channels in squares, an angle counting with its lever', () => {
    const [x, q] = [0.05, 0.01];
    expect(tracer().spread([0, 0.7], [x, q])).toBeCloseTo(2 * Math.hypot(x, LENGTH * q), 4);
  });

  test('ignores channels that move nothing', () => {
    expect(tracer().spread([0, 0, 5], [0, 0, 100])).toBe(0);
  });
});

describe('the traces of candidates', () => {
  const candidate = (value: number, x: number[]) => ({ return: value, trajectory: x.map((p) => [p, 0]) });

  test('are one segment a step, the best drawn last', () => {
    const out = segmentBuffers(10);
    const plan = planOf({ candidates: [candidate(5, [0, 1, 2]), candidate(1, [0, -1])] });
    expect(fillTraces(plan, tracer(), out)).toBe(3);
    const xs = Array.from({ length: 6 }, (_, i) => out.positions[3 * i]);
    expect(xs).toEqual([0, -1, 0, 1, 1, 2]);
    const brightness = (vertex: number) =>
      out.colours.slice(3 * vertex, 3 * vertex + 3).reduce((a, b) => a + b, 0);
    expect(brightness(5)).toBeGreaterThan(brightness(0));
  });

  test('stop at the end of their buffer instead of overrunning it', () => {
    const plan = planOf({ candidates: [candidate(1, [0, 1, 2, 3, 4])] });
    expect(fillTraces(plan, tracer(), segmentBuffers(2))).toBe(2);
  });

  test('have a range of returns for the legend, or none without candidates', () => {
    expect(returnRange(planOf({ candidates: [candidate(5, [0]), candidate(-1, [0])] }))).toEqual([-1, 5]);
    expect(returnRange(planOf({}))).toBeNull();
  });
});

describe('the tube', () => {
  test('has its rings at the spread around the best plan', () => {
    const plan = planOf({
      mean: [
        [0, 0],
        [0.5, 0.1],
        [1, 0.2],
      ],
      std: [
        [0.1, 0],
        [0.2, 0],
        [0.3, 0],
      ],
    });
    const sides = 8;
    const positions = new Float32Array(3 * sides * 3);
    expect(fillTube(plan, tracer(), sides, positions)).toBe(3);
    plan.mean.forEach((row, k) => {
      const centre = tracer().trace(row, new Vector3());
      for (let s = 0; s < sides; s++) {
        const vertex = new Vector3().fromArray(positions, (k * sides + s) * 3);
        expect(vertex.distanceTo(centre)).toBeCloseTo(2 * (plan.std[k]?.[0] ?? Number.NaN), 5);
      }
    });
  });

  test('is cut where the spread is as wide as the room', () => {
    const positions = new Float32Array(2 * 8 * 3);
    const plan = planOf({
      mean: [
        [0, 0],
        [1, 0],
      ],
      std: [
        [50, 0],
        [0.1, 0],
      ],
    });
    fillTube(plan, tracer(), 8, positions, 0.5);
    const radius = (k: number) =>
      new Vector3()
        .fromArray(positions, k * 8 * 3)
        .distanceTo(tracer().trace(plan.mean[k] ?? [], new Vector3()));
    expect(radius(0)).toBeCloseTo(0.5, 5);
    expect(radius(1)).toBeCloseTo(0.2, 5);
  });

  test('is not wrung where the plan turns about or stands still: rings stay beside the ones before them', () => {
    const mean = [0, 0.1, 0.1, 0.1, 0, -0.1, -0.1].map((x) => [x, 0]);
    const std = mean.map(() => [0.2, 0]);
    const positions = new Float32Array(mean.length * 8 * 3);
    fillTube(planOf({ mean, std }), tracer(), 8, positions);
    const vertex = (k: number, s: number) => new Vector3().fromArray(positions, (k * 8 + s) * 3);
    for (let k = 1; k < mean.length; k++) {
      const apart = Math.abs((mean[k]?.[0] ?? 0) - (mean[k - 1]?.[0] ?? 0));
      // A vertex and its neighbour in the next ring are on the same side of the tube.
      expect(vertex(k, 0).distanceTo(vertex(k - 1, 0))).toBeLessThan(apart + 0.21);
    }
  });

  test('joins neighbouring rings and refers to no vertex that is not there', () => {
    const index = tubeIndex(4, 6);
    expect(index).toHaveLength(3 * 6 * 6);
    expect(Math.max(...index)).toBe(4 * 6 - 1);
    expect(tubeIndex(1, 6)).toHaveLength(0);
  });
});

test('ghosts stand along the horizon, its end included and its start left out', () => {
  expect(ghostRows(26, 5)).toEqual([5, 10, 15, 20, 25]);
  expect(ghostRows(3, 5)).toEqual([1, 2]);
  expect(ghostRows(1, 5)).toEqual([]);
  expect(ghostRows(0, 5)).toEqual([]);
});

test('a tube changes its colour where the plan leaves known territory', () => {
  const mean = Array.from({ length: 6 }, () => [0, 0]);
  const known = knownRows(planOf({ mean, insight: { ...NO_INSIGHT, knownSteps: 3 } }));
  const colours = new Float32Array(6 * 2 * 3);
  fillTubeColours(6, 2, known, { known: [0, 0, 1], unknown: [1, 0, 0] }, colours);
  const rings = Array.from({ length: 6 }, (_, k) => [...colours.slice(k * 6, k * 6 + 6)]);
  // The start and three steps are known.
  expect(rings.map(([red]) => red)).toEqual([0, 0, 0, 0, 1, 1]);
  for (const ring of rings) expect(ring.slice(0, 3)).toEqual(ring.slice(3));
});

test('where nobody can tell, all of a plan counts as known', () => {
  const mean = Array.from({ length: 6 }, () => [0, 0]);
  expect(knownRows(planOf({ mean, insight: { ...NO_INSIGHT, knownSteps: null } }))).toBe(6);
});

test('a plan is drawn as a line that changes its colour where it leaves known territory', () => {
  const out = segmentBuffers(8);
  const rows = [0, 1, 2, 3].map((x) => [x, 0]);
  const colours = { known: [0, 0, 1], unknown: [1, 0, 0] };
  expect(fillPath(rows, tracer(), 2, colours, out)).toBe(3);
  expect([0, 1, 2].map((k) => [out.positions[6 * k], out.positions[6 * k + 3]])).toEqual([
    [0, 1],
    [1, 2],
    [2, 3],
  ]);
  expect([0, 1, 2].map((k) => out.colours[6 * k])).toEqual([0, 1, 1]);
  expect(fillPath([], tracer(), 0, colours, out)).toBe(0);
});
