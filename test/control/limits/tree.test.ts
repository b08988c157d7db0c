import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KinematicTree } from '../../../src/main/control/limits/tree';
import { drawingOf } from '../../../src/main/rig/drivers/mujoco/drawing';
import { loadMujoco } from '../../../src/main/rig/drivers/mujoco/engine';

const numbers = (count: number, most: number) =>
  // MuJoCo reads no number that is smaller than all normal ones.
  fc
    .array(fc.double({ min: -most, max: most, noNaN: true }), { minLength: count, maxLength: count })
    .map((all) => all.map((one) => Math.round(one * 1e9) / 1e9));
const axis = numbers(3, 1).filter((xyz) => Math.hypot(...xyz) > 0.1);
const body = fc.record({
  parent: fc.nat(),
  pos: numbers(3, 0.5),
  euler: numbers(3, 180),
  joints: fc.array(
    fc.record({ type: fc.constantFrom('hinge', 'slide'), axis, pos: numbers(3, 0.2), ref: numbers(1, 0.5) }),
    { maxLength: 2 },
  ),
});
type Body = typeof body extends fc.Arbitrary<infer B> ? B : never;

/** Each body hangs from one that came before it, or from the world. */
function mjcf(bodies: readonly Body[]): string {
  const children = bodies.map((_, i) =>
    bodies.flatMap(({ parent }, j) => (parent % (j + 1) === i + 1 ? [j] : [])),
  );
  const roots = bodies.flatMap(({ parent }, j) => (parent % (j + 1) === 0 ? [j] : []));
  const text = (i: number): string => {
    const { pos, euler, joints } = bodies[i]!;
    const joint = joints.map(
      (one, j) =>
        `<joint name="j${i}_${j}" type="${one.type}" axis="${one.axis.join(' ')}" pos="${one.pos.join(' ')}" ref="${one.ref}"/>`,
    );
    return `<body name="b${i}" pos="${pos.join(' ')}" euler="${euler.join(' ')}">${joint.join('')}
      <geom type="sphere" size="0.01"/>${children[i]!.map(text).join('')}</body>`;
  };
  return `<mujoco><worldbody>${roots.map(text).join('')}</worldbody></mujoco>`;
}

describe('forward kinematics of the rig process', () => {
  it('puts every point of every body where MuJoCo does, to 1e-9 m', async () => {
    const { module } = await loadMujoco();
    fc.assert(
      fc.property(
        fc.array(body, { minLength: 1, maxLength: 6 }),
        numbers(12, 4),
        numbers(3, 0.3),
        (bodies, values, local) => {
          const model = module.MjModel.from_xml_string(mjcf(bodies));
          const data = new module.MjData(model);
          try {
            const drawing = drawingOf(module, model);
            const joints = drawing.joints.map((_, i) => values[i]!);
            // Every joint has one number here, in order.
            joints.forEach((value, i) => {
              data.qpos[i] = value;
            });
            module.mj_kinematics(model, data);
            const tree = new KinematicTree(drawing);
            tree.pose(joints);
            const point = new Float64Array(3);
            drawing.bodies.forEach((_, b) => {
              tree.point(b, [local[0]!, local[1]!, local[2]!], point, 0);
              for (let row = 0; row < 3; row++) {
                const turned = [0, 1, 2].reduce(
                  (sum, k) => sum + data.xmat[9 * b + 3 * row + k] * local[k]!,
                  data.xpos[3 * b + row],
                );
                expect(Math.abs(point[row]! - turned)).toBeLessThan(1e-9);
              }
            });
          } finally {
            data.delete();
            model.delete();
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});
