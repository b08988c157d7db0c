import type { Drawing, Quat, Vec3 } from '../../../shared/drawing';
import { jointsOf } from '../../../shared/joints';

/** Numbers a body: a turn (3 × 3, row by row) and then a place. */
const STRIDE = 12;

/** The joints and bodies of a compiled MuJoCo model; parents come before their children. */
export type TreeModel = Pick<Drawing, 'joints'> & {
  bodies: readonly { name: string; parent: number; position: Vec3; quaternion: Quat }[];
};

/**
 * Forward kinematics of a tree of bodies, as MuJoCo's mj_kinematics has it: a joint turns about its anchor or slides along its axis, one
 * after the other as they stand in the model. Allocates nothing per pose: a command is looked at in many.
 */
export class KinematicTree {
  private readonly world: Float64Array;
  private readonly fixed: Float64Array;
  private readonly jointsOf: readonly (readonly number[])[];
  private readonly turn = new Float64Array(9);

  constructor(readonly model: TreeModel) {
    const { bodies } = model;
    this.world = new Float64Array(STRIDE * bodies.length);
    this.fixed = new Float64Array(STRIDE * bodies.length);
    this.jointsOf = bodies.map((_, body) => jointsOf(model as Drawing, body));
    bodies.forEach(({ position, quaternion }, body) => {
      this.fixed.set([...matrixOf(quaternion), ...position], STRIDE * body);
    });
  }

  /** @param values [joints] rad or m, in the model's order */
  pose(values: ArrayLike<number>): void {
    const { bodies, joints } = this.model;
    for (let body = 0; body < bodies.length; body++) {
      this.placeBody(body, bodies[body]?.parent ?? -1);
      for (const index of this.jointsOf[body] ?? []) {
        const joint = joints[index];
        if (!joint) continue;
        const move = (values[index] ?? joint.reference) - joint.reference;
        if (joint.kind === 'slide') this.shift(body, joint.axis, move);
        else this.rotate(body, joint.axis, joint.position, move);
      }
    }
  }

  /** Writes where a point of a body is into `out` at `place`, for the last pose. */
  point(body: number, [x, y, z]: Vec3, out: Float64Array, place: number): void {
    const { world } = this;
    const at = STRIDE * body;
    for (let row = 0; row < 3; row++) {
      out[place + row] =
        of(world, at + 3 * row) * x +
        of(world, at + 3 * row + 1) * y +
        of(world, at + 3 * row + 2) * z +
        of(world, at + 9 + row);
    }
  }

  private placeBody(body: number, parent: number): void {
    const { world, fixed } = this;
    const at = STRIDE * body;
    if (parent < 0) {
      for (let i = 0; i < STRIDE; i++) world[at + i] = of(fixed, at + i);
      return;
    }
    const up = STRIDE * parent;
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 3; column++) {
        let sum = 0;
        for (let k = 0; k < 3; k++) sum += of(world, up + 3 * row + k) * of(fixed, at + 3 * k + column);
        world[at + 3 * row + column] = sum;
      }
      let place = of(world, up + 9 + row);
      for (let k = 0; k < 3; k++) place += of(world, up + 3 * row + k) * of(fixed, at + 9 + k);
      world[at + 9 + row] = place;
    }
  }

  private shift(body: number, [x, y, z]: Vec3, move: number): void {
    const { world } = this;
    const at = STRIDE * body;
    for (let row = 0; row < 3; row++) {
      const along =
        of(world, at + 3 * row) * x + of(world, at + 3 * row + 1) * y + of(world, at + 3 * row + 2) * z;
      world[at + 9 + row] = of(world, at + 9 + row) + along * move;
    }
  }

  /** Turns about the anchor p: the turn R becomes R Q, and the place o becomes o + R (p − Q p). */
  private rotate(body: number, [x, y, z]: Vec3, [px, py, pz]: Vec3, angle: number): void {
    const { world, turn } = this;
    const at = STRIDE * body;
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const d = 1 - c;
    turn[0] = c + x * x * d;
    turn[1] = x * y * d - z * s;
    turn[2] = x * z * d + y * s;
    turn[3] = y * x * d + z * s;
    turn[4] = c + y * y * d;
    turn[5] = y * z * d - x * s;
    turn[6] = z * x * d - y * s;
    turn[7] = z * y * d + x * s;
    turn[8] = c + z * z * d;
    const ax = px - (of(turn, 0) * px + of(turn, 1) * py + of(turn, 2) * pz);
    const ay = py - (of(turn, 3) * px + of(turn, 4) * py + of(turn, 5) * pz);
    const az = pz - (of(turn, 6) * px + of(turn, 7) * py + of(turn, 8) * pz);
    for (let row = 0; row < 3; row++) {
      const r = at + 3 * row;
      const [r0, r1, r2] = [of(world, r), of(world, r + 1), of(world, r + 2)];
      world[at + 9 + row] = of(world, at + 9 + row) + r0 * ax + r1 * ay + r2 * az;
      for (let column = 0; column < 3; column++) {
        world[r + column] = r0 * of(turn, column) + r1 * of(turn, 3 + column) + r2 * of(turn, 6 + column);
      }
    }
  }
}

/** Row by row. */
export function matrixOf([x, y, z, w]: Quat): number[] {
  return [
    ...[1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
    ...[2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
    ...[2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
  ];
}

const of = (values: Float64Array, index: number): number => values[index] ?? Number.NaN;
