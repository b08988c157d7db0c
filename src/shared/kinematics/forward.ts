import type { Drawing, Quat, Vec3 } from '../drawing';

/** Where a body is: a rotation as nine numbers, row by row, and a place, m. */
interface Frame {
  turn: number[];
  place: number[];
}

/** Place of a point of a body, and how it moves with each joint. */
export interface PointMotion {
  /** m, in the world. */
  place: Vec3;
  /** [3][joints]: ∂ place / ∂ joint value. */
  jacobian: [Float64Array, Float64Array, Float64Array];
}

/**
 * Forward kinematics of a point, as MuJoCo's mj_kinematics and mj_jac have it: down the tree each body's fixed place, then its joints in
 * order, each about (hinge) or along (slide) an axis of the body that it moves.
 * @param body that the point belongs to
 * @param local its place in the body's frame, m
 * @param values [joints] rad or m, in the drawing's order
 */
export function pointMotion(
  model: Drawing,
  body: number,
  local: Vec3,
  values: ArrayLike<number>,
): PointMotion {
  const chain: number[] = [];
  for (let at = body; at >= 0; at = model.bodies[at]?.parent ?? -1) chain.unshift(at);
  let frame: Frame = { turn: [1, 0, 0, 0, 1, 0, 0, 0, 1], place: [0, 0, 0] };
  /** Joint, its axis in the world, and a point on that. */
  const moved: { joint: number; axis: number[]; anchor: number[] }[] = [];
  for (const index of chain) {
    const fixed = model.bodies[index];
    if (!fixed) continue;
    frame = within(frame, { turn: turnOf(fixed.quaternion), place: [...fixed.position] });
    model.joints.forEach((joint, j) => {
      if (joint.body !== index) return;
      const value = (values[j] ?? joint.reference) - joint.reference;
      const axis = rotate(frame.turn, joint.axis);
      moved.push({ joint: j, axis, anchor: plus(frame.place, rotate(frame.turn, joint.position)) });
      if (joint.kind === 'slide') {
        frame = { turn: frame.turn, place: frame.place.map((at, i) => at + value * (axis[i] ?? 0)) };
      } else {
        const turn = about(joint.axis, value);
        // About the anchor p: R (x − p) + p.
        const back = rotate(turn, joint.position);
        const shift = joint.position.map((at, i) => at - (back[i] ?? 0));
        frame = within(frame, { turn, place: shift });
      }
    });
  }
  const place = plus(frame.place, rotate(frame.turn, local));
  const jacobian: PointMotion['jacobian'] = [0, 1, 2].map(
    () => new Float64Array(model.joints.length),
  ) as PointMotion['jacobian'];
  for (const { joint, axis, anchor } of moved) {
    const arm = place.map((at, i) => at - (anchor[i] ?? 0));
    const column = model.joints[joint]?.kind === 'slide' ? axis : cross(axis, arm);
    column.forEach((value, i) => {
      (jacobian[i] as Float64Array)[joint] = value;
    });
  }
  return { place: place as Vec3, jacobian };
}

const within = (outer: Frame, inner: Frame): Frame => ({
  turn: Array.from({ length: 9 }, (_, at) => {
    const [row, column] = [Math.floor(at / 3), at % 3];
    return [0, 1, 2].reduce(
      (sum, k) => sum + (outer.turn[3 * row + k] ?? 0) * (inner.turn[3 * k + column] ?? 0),
      0,
    );
  }),
  place: plus(outer.place, rotate(outer.turn, inner.place)),
});

const rotate = (turn: readonly number[], v: ArrayLike<number>): number[] =>
  [0, 3, 6].map(
    (row) =>
      (turn[row] ?? 0) * (v[0] ?? 0) +
      (turn[row + 1] ?? 0) * (v[1] ?? 0) +
      (turn[row + 2] ?? 0) * (v[2] ?? 0),
  );

const plus = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((value, i) => value + (b[i] ?? 0));

const cross = (
  [a = 0, b = 0, c = 0]: readonly number[],
  [x = 0, y = 0, z = 0]: readonly number[],
): number[] => [b * z - c * y, c * x - a * z, a * y - b * x];

function turnOf([x, y, z, w]: Quat): number[] {
  return [
    ...[1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    ...[2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    ...[2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
}

const about = ([x, y, z]: Vec3, angle: number): number[] => {
  const half = Math.sin(angle / 2);
  return turnOf([x * half, y * half, z * half, Math.cos(angle / 2)]);
};
