import { Matrix4, Quaternion, Vector3 } from 'three';
import type { Drawing, DrawnGeom, Vec3 } from '../../shared/drawing';
import { jointsOf } from '../../shared/joints';

const ONE = new Vector3(1, 1, 1);

/**
 * Forward kinematics of a drawing: where every body is for given joint values, as MuJoCo's mj_kinematics has it.
 * Allocates nothing per pose, so that a plan of dozens of candidates × steps can be traced within a frame.
 */
export class Kinematics {
  /** World transform by body, valid after `pose`. */
  readonly bodies: Matrix4[];
  /** [joints] of the last pose. */
  values: ArrayLike<number> = [];
  private readonly fixed: Matrix4[];
  private readonly jointsOf: readonly number[][];
  private readonly axes: Vector3[];
  private readonly anchors: Vector3[];
  private readonly all: readonly number[];
  private readonly turn = new Quaternion();
  private readonly shift = new Vector3();
  private readonly local = new Matrix4();

  constructor(readonly model: Drawing) {
    this.bodies = model.bodies.map(() => new Matrix4());
    this.fixed = model.bodies.map((b) =>
      new Matrix4().compose(new Vector3(...b.position), new Quaternion(...b.quaternion), ONE),
    );
    this.jointsOf = model.bodies.map((_, body) => jointsOf(model, body));
    this.axes = model.joints.map(({ axis }) => new Vector3(...axis));
    this.anchors = model.joints.map(({ position }) => new Vector3(...position));
    this.all = model.bodies.map((_, body) => body);
  }

  /**
   * @param values [joints] rad or m, in the model's order
   * @param bodies the ones to pose, parents first, where not all of them are wanted (`chainTo`)
   */
  pose(values: ArrayLike<number>, bodies: readonly number[] = this.all): void {
    this.values = values;
    for (const index of bodies) {
      const world = this.bodies[index];
      const fixed = this.fixed[index];
      if (!world || !fixed) continue;
      const parent = this.bodies[this.model.bodies[index]?.parent ?? -1];
      if (parent) world.multiplyMatrices(parent, fixed);
      else world.copy(fixed);
      for (const j of this.jointsOf[index] ?? []) this.applyJoint(world, j, values[j] ?? 0);
    }
  }

  private applyJoint(world: Matrix4, index: number, value: number): void {
    const joint = this.model.joints[index];
    const axis = this.axes[index];
    const anchor = this.anchors[index];
    if (!joint || !axis || !anchor) return;
    const move = value - joint.reference;
    if (joint.kind === 'slide') {
      this.local.makeTranslation(this.shift.copy(axis).multiplyScalar(move));
    } else {
      // Turns about the anchor p: T(p) · R · T(−p), whose translation is p − R p.
      this.turn.setFromAxisAngle(axis, move);
      this.shift.copy(anchor).applyQuaternion(this.turn).negate().add(anchor);
      this.local.compose(this.shift, this.turn, ONE);
    }
    world.multiply(this.local);
  }

  /** World position of a point given in a body's frame, for the last pose. */
  point(body: number, local: Vec3, out: Vector3): Vector3 {
    const world = this.bodies[body];
    out.set(...local);
    return world ? out.applyMatrix4(world) : out;
  }
}

/** A body with all that carry it, parents first: as many as must be posed to know where it is. */
export function chainTo(model: Drawing, body: number): number[] {
  const parent = model.bodies[body]?.parent ?? -1;
  return parent < 0 ? [body] : [...chainTo(model, parent), body];
}

/** A point whose path tells the robot's motion: a site called "tip", else the far end of the last moving body. */
export interface TracedPoint {
  body: number;
  local: Vec3;
}

/** The point that a hand is held by: a site with the name of one, else the traced point. */
export function handPoint(model: Drawing): TracedPoint | null {
  const site = model.sites.find(
    ({ name, body }) => body > 0 && /(^|_)(hand|gripper|tool|tcp|tip|ee|end_?effector)$/i.test(name),
  );
  return site ? { body: site.body, local: site.position } : tracedPoint(model);
}

export function tracedPoint(model: Drawing): TracedPoint | null {
  const site = model.sites.find((s) => /(^|_)(tip|ee|end_?effector)$/i.test(s.name));
  if (site) return { body: site.body, local: site.position };
  const moving = new Set(model.joints.map((joint) => joint.body));
  const depth = (body: number): number => {
    const parent = model.bodies[body]?.parent ?? -1;
    return (moving.has(body) ? 1 : 0) + (parent < 0 ? 0 : depth(parent));
  };
  let best: TracedPoint | null = null;
  let bestScore = -1;
  model.bodies.forEach((_, body) => {
    const joints = depth(body);
    if (joints === 0) return;
    for (const geom of model.geoms) {
      if (geom.body !== body) continue;
      const { local, distance } = farEnd(geom);
      // Deeper in the tree beats farther from the joint.
      const score = joints * 1e6 + distance;
      if (score > bestScore) {
        bestScore = score;
        best = { body, local };
      }
    }
  });
  return best;
}

/** The end of a geom farthest from its body's origin: of its axis for long shapes, else its centre. */
function farEnd(geom: DrawnGeom): { local: Vec3; distance: number } {
  const centre = new Vector3(...geom.position);
  if (['sphere', 'ellipsoid', 'plane', 'mesh'].includes(geom.shape)) {
    return { local: geom.position, distance: centre.length() };
  }
  const half = geom.shape === 'box' ? geom.size[2] : geom.size[1];
  const along = new Vector3(0, 0, half).applyQuaternion(new Quaternion(...geom.quaternion));
  const a = centre.clone().add(along);
  const b = centre.clone().sub(along);
  const far = a.lengthSq() >= b.lengthSq() ? a : b;
  return { local: [far.x, far.y, far.z], distance: far.length() };
}
