import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { drawingOf } from '../../../src/main/rig/drivers/mujoco/drawing';
import { loadMujoco, type Mujoco } from '../../../src/main/rig/drivers/mujoco/engine';
import type { Drawing, Vec3 } from '../../../src/shared/drawing';
import { pointMotion } from '../../../src/shared/kinematics/forward';
import { reach } from '../../../src/shared/kinematics/inverse';

/** Offsets, tilted axes, a slide, references, and two joints of one body. */
const CRANKY = `<mujoco><compiler angle="radian"/><worldbody>
  <body name="base" pos="0.1 0.2 0.3" euler="0.5 -0.3 1.9">
    <joint name="turn" axis="0.3 0.2 1" pos="0.02 0.01 -0.03" range="-2 2"/><geom size="0.02"/>
    <body name="upper" pos="0 0 0.5" axisangle="1 1 0 0.4">
      <joint name="shoulder" axis="0 1 0" pos="0 0.05 0.01" ref="0.25" range="-1.5 1.7"/>
      <joint name="out" type="slide" axis="0 0 2" ref="0.1" range="-0.1 0.4"/><geom size="0.02"/>
      <body name="hand" pos="0 0 0.4" euler="0.7 0 0.7">
        <joint name="bend" axis="1 0 0" range="-1.2 1.2"/><geom size="0.02"/><site name="hand" pos="0.05 0.02 0.2"/>
      </body>
    </body>
  </body>
</worldbody></mujoco>`;

interface Arm {
  drawing: Drawing;
  site: { body: number; position: Vec3 };
  limits: [number, number][];
  /** Where MuJoCo has the site, m. */
  place(values: ArrayLike<number>): Vec3;
}

let arms: Arm[];
beforeAll(async () => {
  const mujoco = await loadMujoco();
  arms = [CRANKY, readFileSync('resources/rigs/so101/so101.xml', 'utf8')].map((text) => armOf(mujoco, text));
});

function armOf({ module }: Mujoco, text: string): Arm {
  const model = module.MjModel.from_xml_string(text);
  const data = new module.MjData(model);
  const drawing = drawingOf(module, model);
  const site = drawing.sites.find(({ name }) => name === 'hand')!;
  return {
    ...{ drawing, site, limits: drawing.joints.map(({ range }) => range!) },
    place: (values) => {
      for (let j = 0; j < values.length; j++) data.qpos[j] = values[j]!;
      module.mj_kinematics(model, data);
      return [data.site_xpos[0], data.site_xpos[1], data.site_xpos[2]];
    },
  };
}

const isWithin = (arm: Arm, values: Float64Array) =>
  values.every((value, j) => value >= arm.limits[j]![0] && value <= arm.limits[j]![1]);

const apart = (a: readonly number[], b: readonly number[]) => Math.hypot(...a.map((x, i) => x - b[i]!));

/** An arm, and joint values of it as shares of their ranges. */
const posed = fc.record({
  arm: fc.constantFrom(0, 1),
  shares: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
});
const coordinate = fc.double({ min: -3, max: 3, noNaN: true });
const valuesOf = (arm: Arm, shares: number[]) =>
  arm.limits.map(([low, high], j) => low + (high - low) * shares[j]!);

describe('where a point of an arm is', () => {
  test('is where MuJoCo has it, and moves with its joints as its Jacobian says', () => {
    fc.assert(
      fc.property(posed, ({ arm: which, shares }) => {
        const arm = arms[which]!;
        const values = valuesOf(arm, shares);
        const { place, jacobian } = pointMotion(arm.drawing, arm.site.body, arm.site.position, values);
        expect(apart(place, arm.place(values))).toBeLessThan(1e-9);
        values.forEach((_, j) => {
          const moved = (by: number) => arm.place(values.map((value, k) => (k === j ? value + by : value)));
          const [ahead, behind] = [moved(1e-5), moved(-1e-5)];
          for (const i of [0, 1, 2] as const) {
            expect(Math.abs((ahead[i] - behind[i]) / 2e-5 - jacobian[i][j]!)).toBeLessThan(1e-7);
          }
        });
      }),
      { seed: 11, numRuns: 30 },
    );
  });
});

describe('reaching for a place', () => {
  test('that the arm can reach ends there, within the limits of every joint, as MuJoCo sees it', () => {
    fc.assert(
      fc.property(posed, posed, ({ arm: which, shares }, { shares: start }) => {
        const arm = arms[which]!;
        const target = arm.place(valuesOf(arm, shares));
        const { values, away } = reach(arm.drawing, {
          ...{ body: arm.site.body, local: arm.site.position, target, limits: arm.limits },
          ...{ from: valuesOf(arm, start), restarts: 30 },
        });
        expect(away).toBeLessThan(1e-4);
        expect(apart(arm.place(values), target)).toBeLessThan(1e-4);
        expect(isWithin(arm, values)).toBe(true);
      }),
      { seed: 12, numRuns: 30 },
    );
  });

  test('that it cannot reach goes as far as it can, never outside of a limit, and moves no joint that is not to move', () => {
    fc.assert(
      fc.property(
        posed,
        fc.tuple(coordinate, coordinate, coordinate),
        ({ arm: which, shares }, target: Vec3) => {
          const arm = arms[which]!;
          const from = valuesOf(arm, shares);
          const limits = arm.limits.map((limit, j) => (j === 1 ? null : limit));
          const { values, away } = reach(arm.drawing, {
            ...{ body: arm.site.body, local: arm.site.position, target, from, limits },
          });
          expect(away).toBeLessThanOrEqual(apart(arm.place(from), target) + 1e-9);
          expect(Math.abs(apart(arm.place(values), target) - away)).toBeLessThan(1e-9);
          expect(values[1]).toBe(from[1]);
          expect(isWithin(arm, values)).toBe(true);
        },
      ),
      { seed: 13, numRuns: 30 },
    );
  });

  test('from an arm that is stretched out, where no joint moves the hand towards its base, asks for no large steps', () => {
    const arm = arms[1]!;
    // Everything in line: the hand cannot be drawn in by any small turn.
    const from = [0, 0, -Math.PI / 2, 0, 0, 0.3].map((value, j) =>
      Math.max(arm.limits[j]![0], Math.min(arm.limits[j]![1], value)),
    );
    const [x, y, z] = arm.place(from);
    const { values } = reach(arm.drawing, {
      ...{
        body: arm.site.body,
        local: arm.site.position,
        target: [x, y, z - 0.002],
        from,
        limits: arm.limits,
      },
    });
    expect(values.every((value, j) => Math.abs(value - from[j]!) < 0.4)).toBe(true);
  });
});
