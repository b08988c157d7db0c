import { Frustum, Matrix4, Quaternion, Sphere, Vector3 } from 'three';
import type { Drawing, DrawnGeom } from '../../shared/drawing';
import type { Kinematics } from './kinematics';
import { movingBodies } from './solids';

/** How far each joint goes, rad or m; null where nothing says. */
export type Spans = readonly (readonly [number, number] | null)[];

export interface Box {
  low: Vector3;
  high: Vector3;
}

/** Where the camera stands and what it looks at, while what is followed stands at its reference. */
export interface View {
  target: Vector3;
  /** From the target to the camera, of length 1. */
  direction: Vector3;
  distance: number;
  /** Radius of what is looked at, m. */
  radius: number;
}

const AXES = ['x', 'y', 'z'] as const;

/** Larger than any robot: sky boxes and floors are not looked at. */
const HUGE = 20;

/** What the joints' own ranges and the limits of the channels that drive them say. */
export function spansOf(
  model: Drawing,
  source: readonly number[],
  limits: readonly (readonly [number, number] | null | undefined)[],
): Spans {
  return model.joints.map(({ range }, joint) => {
    const channel = limits[source[joint] ?? -1] ?? null;
    if (range && channel) return [Math.max(range[0], channel[0]), Math.min(range[1], channel[1])];
    return channel ?? range;
  });
}

/**
 * Slides that carry the whole robot, from the world inwards up to its first hinge: along them the camera goes with it. None
 * where several things move on their own.
 */
export function followedSlides(model: Drawing): number[] {
  const moving = movingBodies(model);
  const children = (parent: number) =>
    model.bodies.flatMap((body, index) => (body.parent === parent && moving.has(index) ? [index] : []));
  const roots = [...moving].filter((body) => !moving.has(model.bodies[body]?.parent ?? -1));
  const out: number[] = [];
  let next = roots;
  while (next.length === 1) {
    const [body] = next;
    const own = model.joints.flatMap((joint, index) => (joint.body === body ? [{ ...joint, index }] : []));
    out.push(...own.filter(({ kind }) => kind === 'slide').map(({ index }) => index));
    if (own.some(({ kind }) => kind === 'hinge')) break;
    next = children(body ?? -1);
  }
  return out;
}

/** Where slides have carried the robot, m, away from where it stands at its reference. */
export class Drift {
  private readonly axes: { joint: number; axis: Vector3; reference: number }[];

  constructor(kinematics: Kinematics) {
    const { model } = kinematics;
    kinematics.pose(model.joints.map(({ reference }) => reference));
    this.axes = followedSlides(model).flatMap((joint) => {
      const drawn = model.joints[joint];
      const world = drawn && kinematics.bodies[drawn.body];
      if (!drawn || !world) return [];
      const axis = new Vector3(...drawn.axis).transformDirection(world);
      return [{ joint, axis, reference: drawn.reference }];
    });
  }

  /** @param values [joints] rad or m */
  at(values: ArrayLike<number>, out: Vector3): Vector3 {
    out.set(0, 0, 0);
    for (const { joint, axis, reference } of this.axes)
      out.addScaledVector(axis, (values[joint] ?? reference) - reference);
    return out;
  }
}

/**
 * What the moving parts can reach, each joint alone through its span and the others at their reference; what is followed
 * stands at its reference. A hinge without a span goes all the way round, in the whole workspace every hinge does.
 */
export function workspaceOf(kinematics: Kinematics, spans: Spans, whole: boolean): Box {
  const { model } = kinematics;
  const followed = new Set(followedSlides(model));
  const reference = model.joints.map((joint) => joint.reference);
  const box = emptyBox();
  kinematics.pose(reference);
  addMoving(kinematics, box);
  model.joints.forEach((joint, index) => {
    if (followed.has(index)) return;
    const span = spans[index] ?? null;
    const narrow = span !== null && (joint.kind === 'slide' || (!whole && span[1] - span[0] < 2 * Math.PI));
    const free =
      joint.kind === 'hinge' ? [1, 2, 3].map((quarter) => joint.reference + (quarter * Math.PI) / 2) : [];
    const places = narrow ? [span[0], (span[0] + span[1]) / 2, span[1]] : free;
    for (const place of places) {
      kinematics.pose(reference.with(index, place));
      addMoving(kinematics, box);
    }
  });
  return Number.isFinite(box.low.x) ? box : { low: new Vector3(-1, -1, -1), high: new Vector3(1, 1, 1) };
}

/** Whether the robot in its last pose reaches beyond a workspace, by more than a tenth of its size. Asked in every frame: allocates nothing. */
export function exceeds(kinematics: Kinematics, workspace: Box, drift: Vector3): boolean {
  const { low, high } = reached;
  low.setScalar(Number.POSITIVE_INFINITY);
  high.setScalar(Number.NEGATIVE_INFINITY);
  addMoving(kinematics, reached);
  if (!Number.isFinite(low.x)) return false;
  const slack = workspace.high.distanceTo(workspace.low) * 0.1;
  for (const axis of AXES) {
    if (low[axis] - drift[axis] < workspace.low[axis] - slack) return true;
    if (high[axis] - drift[axis] > workspace.high[axis] + slack) return true;
  }
  return false;
}

/**
 * From where a workspace fills the picture: along the hinges' common axis where the model moves in a plane (a cart-pole is
 * best seen from the side), else from the front right.
 */
export function viewOf(
  kinematics: Kinematics,
  { low, high }: Box,
  fieldOfView: number,
  aspect: number,
): View {
  const target = low.clone().add(high).multiplyScalar(0.5);
  const half = high.clone().sub(low).multiplyScalar(0.5);
  const direction = commonHingeAxis(kinematics) ?? new Vector3(0.8, -1, 0.6);
  direction.z = Math.max(direction.z, 0.14 * direction.length());
  direction.normalize();
  const right = new Vector3().crossVectors(new Vector3(0, 0, 1), direction).normalize();
  const wide = Math.abs(right.x) * half.x + Math.abs(right.y) * half.y;
  const deep = Math.abs(direction.x) * half.x + Math.abs(direction.y) * half.y;
  const tall = half.z * Math.hypot(direction.x, direction.y) + Math.abs(direction.z) * deep;
  const tangent = Math.tan((fieldOfView * Math.PI) / 360);
  const distance = Math.max(tall / tangent, wide / (tangent * Math.max(0.1, aspect))) * 1.2 + deep;
  return { target, direction, distance: Math.max(distance, 0.2), radius: half.length() };
}

const frustum = new Frustum();
const sphere = new Sphere();

/** Whether nothing of what moves, in its last pose, is in the picture. @param projection projection × camera's inverse */
export function hasLeft(kinematics: Kinematics, moving: ReadonlySet<number>, projection: Matrix4): boolean {
  frustum.setFromProjectionMatrix(projection);
  let any = false;
  for (const geom of kinematics.model.geoms) {
    if (!moving.has(geom.body) || geom.shape === 'plane') continue;
    any = true;
    kinematics.point(geom.body, geom.position, sphere.center);
    sphere.radius = halfExtents(geom).length();
    if (frustum.intersectsSphere(sphere)) return false;
  }
  return any;
}

/** Height of the lowest point of everything that is drawn, at the reference. */
export function lowestOf(kinematics: Kinematics): number {
  kinematics.pose(kinematics.model.joints.map((joint) => joint.reference));
  const box = emptyBox();
  for (const geom of kinematics.model.geoms) addGeom(kinematics, geom, box);
  return Number.isFinite(box.low.z) ? box.low.z : 0;
}

/** Used anew in every frame. */
const reached: Box = { low: new Vector3(), high: new Vector3() };

const emptyBox = (): Box => ({
  low: new Vector3(Infinity, Infinity, Infinity),
  high: new Vector3(-Infinity, -Infinity, -Infinity),
});

const movingOf = new WeakMap<Drawing, ReadonlySet<number>>();
/** Bodies that move; of a drawing that nothing moves in, all of them. */
export function movingIn(model: Drawing): ReadonlySet<number> {
  const known = movingOf.get(model);
  if (known) return known;
  const moving = movingBodies(model);
  const drawn = model.geoms.some((geom) => moving.has(geom.body));
  const found = drawn ? moving : new Set(model.bodies.keys());
  movingOf.set(model, found);
  return found;
}

function addMoving(kinematics: Kinematics, box: Box): void {
  const moving = movingIn(kinematics.model);
  for (const geom of kinematics.model.geoms) if (moving.has(geom.body)) addGeom(kinematics, geom, box);
}

const centre = new Vector3();
const turned = new Matrix4();
const local = new Matrix4();
const turn = new Quaternion();
const ONE = new Vector3(1, 1, 1);

/** A geom's box in the world: its own box, turned. */
function addGeom(kinematics: Kinematics, geom: DrawnGeom, box: Box): void {
  const half = halfExtents(geom);
  const world = kinematics.bodies[geom.body];
  if (geom.shape === 'plane' || half.length() > HUGE || !world) return;
  local.compose(centre.fromArray(geom.position), turn.fromArray(geom.quaternion), ONE);
  const m = turned.multiplyMatrices(world, local).elements;
  for (let row = 0; row < 3; row++) {
    const axis = AXES[row] ?? 'x';
    const reach =
      Math.abs(m[row] ?? 0) * half.x +
      Math.abs(m[4 + row] ?? 0) * half.y +
      Math.abs(m[8 + row] ?? 0) * half.z;
    const middle = m[12 + row] ?? 0;
    box.low[axis] = Math.min(box.low[axis], middle - reach);
    box.high[axis] = Math.max(box.high[axis], middle + reach);
  }
}

const halves = new WeakMap<DrawnGeom, Vector3>();
/** Half extents of a geom's box in its own frame; the same object every time. */
function halfExtents(geom: DrawnGeom): Vector3 {
  const known = halves.get(geom) ?? measuredHalf(geom);
  halves.set(geom, known);
  return known;
}

function measuredHalf({ shape, size: [a, b, c] }: DrawnGeom): Vector3 {
  if (shape === 'sphere') return new Vector3(a, a, a);
  if (shape === 'capsule') return new Vector3(a, a, a + b);
  if (shape === 'cylinder') return new Vector3(a, a, b);
  return new Vector3(a, b, c);
}

/** A horizontal axis shared by all hinges, pointing away from +y; null where there is none. */
function commonHingeAxis(kinematics: Kinematics): Vector3 | null {
  const { model } = kinematics;
  kinematics.pose(model.joints.map((j) => j.reference));
  let common: Vector3 | null = null;
  for (const joint of model.joints) {
    if (joint.kind !== 'hinge') continue;
    const world = kinematics.bodies[joint.body];
    if (!world) continue;
    const axis = new Vector3(...joint.axis).transformDirection(world);
    if (Math.abs(axis.z) > 0.2) return null;
    if (axis.y > 0 || (axis.y === 0 && axis.x < 0)) axis.negate();
    if (common && common.distanceTo(axis) > 0.05) return null;
    common ??= axis;
  }
  return common;
}
