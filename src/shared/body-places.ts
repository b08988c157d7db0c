import type { Drawing, Quat, Vec3 } from './drawing';
import { jointsOf } from './joints';

/** Where a body is in its parent's frame. */
export interface BodyPlace {
  position: Vec3;
  quaternion: Quat;
}

/**
 * Forward kinematics, body by body, as MuJoCo's mj_kinematics has it: a joint turns about its anchor or slides along its axis, one
 * after the other as they stand in the model.
 * @param values [joints] rad or m, in the model's order
 */
export function placeInParent(drawing: Drawing, body: number, values: ArrayLike<number>): BodyPlace {
  const still = drawing.bodies[body];
  let position: Vec3 = still?.position ?? [0, 0, 0];
  let quaternion: Quat = still?.quaternion ?? [0, 0, 0, 1];
  for (const index of jointsOf(drawing, body)) {
    const joint = drawing.joints[index];
    if (joint === undefined) continue;
    const move = (values[index] ?? joint.reference) - joint.reference;
    if (joint.kind === 'slide') {
      position = plus(position, turned(quaternion, times(joint.axis, move)));
    } else {
      const anchor = plus(position, turned(quaternion, joint.position));
      const half = Math.sin(move / 2);
      const [x, y, z] = joint.axis;
      quaternion = product(quaternion, [x * half, y * half, z * half, Math.cos(move / 2)]);
      position = plus(anchor, times(turned(quaternion, joint.position), -1));
    }
  }
  return { position, quaternion };
}

const plus = (a: Vec3, b: Vec3): Vec3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
const times = (a: Vec3, factor: number): Vec3 => [a[0] * factor, a[1] * factor, a[2] * factor];
const cross = (a: Vec3, b: Vec3): Vec3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** q v q⁻¹ = v + 2 w (u × v) + 2 u × (u × v), u being q's first three. */
function turned([x, y, z, w]: Quat, v: Vec3): Vec3 {
  const u: Vec3 = [x, y, z];
  const once = cross(u, v);
  return plus(plus(v, times(once, 2 * w)), times(cross(u, once), 2));
}

/** The turn b and then the turn a. */
function product(a: Quat, b: Quat): Quat {
  const [u, v]: [Vec3, Vec3] = [
    [a[0], a[1], a[2]],
    [b[0], b[1], b[2]],
  ];
  const [x, y, z] = plus(plus(times(v, a[3]), times(u, b[3])), cross(u, v));
  return [x, y, z, a[3] * b[3] - (u[0] * v[0] + u[1] * v[1] + u[2] * v[2])];
}
