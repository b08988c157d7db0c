import { Vector3 } from 'three';
import { jointsOf, jointValues } from '../../shared/joints';
import type { PlanView } from '../../shared/telemetry';
import { returnColour } from '../charts/colours';
import { chainTo, type Kinematics, type TracedPoint } from './kinematics';

/** Turns observations into joint poses and traced points of one drawing. */
export class Tracer {
  private readonly values: Float64Array;
  /** Bodies that the traced point hangs on, and the channels that move them. */
  private readonly chain: readonly number[];
  private readonly channels: readonly number[];
  private readonly scratch: number[] = [];
  private readonly a = new Vector3();
  private readonly b = new Vector3();

  constructor(
    readonly kinematics: Kinematics,
    readonly source: readonly number[],
    readonly point: TracedPoint,
  ) {
    const { model } = kinematics;
    this.values = new Float64Array(model.joints.length);
    this.chain = chainTo(model, point.body);
    const moved = this.chain.flatMap((body) => jointsOf(model, body)).map((joint) => source[joint] ?? -1);
    this.channels = [...new Set(moved)].filter((channel) => channel >= 0);
  }

  pose(observation: ArrayLike<number>): void {
    this.kinematics.pose(jointValues(this.kinematics.model, this.source, observation, this.values));
  }

  /** Where the traced point is; nothing else of the robot is posed. */
  trace(observation: ArrayLike<number>, out: Vector3): Vector3 {
    const { kinematics, point } = this;
    kinematics.pose(jointValues(kinematics.model, this.source, observation, this.values), this.chain);
    return kinematics.point(point.body, point.local, out);
  }

  /**
   * Two standard deviations of the traced point, m: σ² = Σ_c |∂p/∂c · σ_c|², channels taken as independent, the
   * derivative as the central difference over ± σ_c. Only channels that move the point count.
   */
  spread(mean: ArrayLike<number>, std: ArrayLike<number>): number {
    for (let c = 0; c < mean.length; c++) this.scratch[c] = mean[c] ?? 0;
    let variance = 0;
    for (const channel of this.channels) {
      const sigma = std[channel] ?? 0;
      if (!(sigma > 0)) continue;
      const centre = mean[channel] ?? 0;
      this.scratch[channel] = centre + sigma;
      this.trace(this.scratch, this.a);
      this.scratch[channel] = centre - sigma;
      this.trace(this.scratch, this.b);
      this.scratch[channel] = centre;
      variance += this.a.distanceToSquared(this.b) / 4;
    }
    return 2 * Math.sqrt(variance);
  }
}

/** Numbers of line segments, [segments × 2 × 3]. */
export interface SegmentBuffers {
  positions: Float32Array;
  colours: Float32Array;
}

export const segmentBuffers = (segments: number): SegmentBuffers => ({
  positions: new Float32Array(segments * 6),
  colours: new Float32Array(segments * 6),
});

/** Lowest and highest return among a plan's candidates; null without candidates. */
export function returnRange(plan: PlanView): [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { return: value } of plan.candidates) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}

/**
 * The traces of all candidates, in the order worst to best so that the best is drawn on top.
 * @returns segments written
 */
export function fillTraces(plan: PlanView, tracer: Tracer, out: SegmentBuffers): number {
  const [low, high] = returnRange(plan) ?? [0, 0];
  const order = plan.candidates.map((_, i) => i);
  order.sort((a, b) => (plan.candidates[a]?.return ?? 0) - (plan.candidates[b]?.return ?? 0));
  const from = new Vector3();
  const to = new Vector3();
  let vertex = 0;
  for (const index of order) {
    const candidate = plan.candidates[index];
    const first = candidate?.trajectory[0];
    if (!candidate || !first) continue;
    // Candidates that all return the same are all as good as the best.
    const colour = returnColour(high > low ? (candidate.return - low) / (high - low) : 1);
    tracer.trace(first, from);
    for (let k = 1; k < candidate.trajectory.length; k++) {
      if ((vertex + 2) * 3 > out.positions.length) break;
      tracer.trace(candidate.trajectory[k] ?? first, to);
      from.toArray(out.positions, vertex * 3);
      to.toArray(out.positions, vertex * 3 + 3);
      out.colours.set(colour, vertex * 3);
      out.colours.set(colour, vertex * 3 + 3);
      vertex += 2;
      from.copy(to);
    }
  }
  return vertex / 2;
}

/**
 * The trace of a plan, up to row `known` in one colour and in another beyond it.
 * @returns segments written
 */
export function fillPath(
  rows: readonly (readonly number[])[],
  tracer: Tracer,
  known: number,
  colours: { known: readonly number[]; unknown: readonly number[] },
  out: SegmentBuffers,
): number {
  const most = Math.min(rows.length - 1, Math.floor(out.positions.length / 6));
  const at = new Vector3();
  if (most > 0) tracer.trace(rows[0] ?? [], at);
  for (let k = 0; k < most; k++) {
    at.toArray(out.positions, k * 6);
    tracer.trace(rows[k + 1] ?? [], at).toArray(out.positions, k * 6 + 3);
    const colour = k + 1 < known ? colours.known : colours.unknown;
    out.colours.set(colour, k * 6);
    out.colours.set(colour, k * 6 + 3);
  }
  return Math.max(0, most);
}

/** Used anew for every plan. */
const centres: Vector3[] = [];

/**
 * A tube around the best plan's trace whose radius is twice the standard deviation of the traced point.
 * Writes `sides` vertices a step into `positions`; rings lie across the direction of motion.
 * @param widest radius, m, at which it is cut: a spread as wide as the room would hide everything else
 * @returns steps written
 */
export function fillTube(
  plan: PlanView,
  tracer: Tracer,
  sides: number,
  positions: Float32Array,
  widest = Number.POSITIVE_INFINITY,
): number {
  const steps = Math.min(plan.mean.length, Math.floor(positions.length / (3 * sides)));
  for (let k = 0; k < steps; k++) {
    centres[k] ??= new Vector3();
    tracer.trace(plan.mean[k] ?? [], centres[k] as Vector3);
  }
  const along = new Vector3(1, 0, 0);
  const across = new Vector3(0, 1, 0);
  const up = new Vector3();
  for (let k = 0; k < steps; k++) {
    const centre = centres[k] as Vector3;
    const next = centres[Math.min(steps - 1, k + 1)] ?? centre;
    const before = centres[Math.max(0, k - 1)] ?? centre;
    up.copy(next).sub(before);
    // A plan that stands still has no direction of its own: it keeps the one it came in.
    if (up.lengthSq() > 1e-12) along.copy(up).normalize();
    // Each ring is turned as little as possible from the one before it, so that the tube is not wrung.
    across.addScaledVector(along, -across.dot(along));
    if (across.lengthSq() < 1e-6) {
      across.set(Math.abs(along.x) < 0.9 ? 1 : 0, Math.abs(along.x) < 0.9 ? 0 : 1, 0);
      across.addScaledVector(along, -across.dot(along));
    }
    across.normalize();
    up.crossVectors(along, across).normalize();
    const radius = Math.min(widest, tracer.spread(plan.mean[k] ?? [], plan.std[k] ?? []));
    for (let s = 0; s < sides; s++) {
      const angle = (2 * Math.PI * s) / sides;
      const c = radius * Math.cos(angle);
      const d = radius * Math.sin(angle);
      const at = (k * sides + s) * 3;
      positions[at] = centre.x + c * across.x + d * up.x;
      positions[at + 1] = centre.y + c * across.y + d * up.y;
      positions[at + 2] = centre.z + c * across.z + d * up.z;
    }
  }
  return steps;
}

/** Rows of a plan's trajectory up to where it leaves what the model knows; all of them where nobody can tell. */
export function knownRows({ mean, insight }: Pick<PlanView, 'mean' | 'insight'>): number {
  return insight.knownSteps === null ? mean.length : Math.min(mean.length, insight.knownSteps + 1);
}

/** Colours of a tube's vertices, [steps × sides × 3]: `known` rings of one colour, the rest of another. */
export function fillTubeColours(
  steps: number,
  sides: number,
  known: number,
  colours: { known: readonly number[]; unknown: readonly number[] },
  out: Float32Array,
): void {
  for (let k = 0; k < steps; k++) {
    const colour = k < known ? colours.known : colours.unknown;
    for (let s = 0; s < sides; s++) out.set(colour, (k * sides + s) * 3);
  }
}

/** Triangles between the rings of a tube of `steps` rings with `sides` vertices each. */
export function tubeIndex(steps: number, sides: number): Uint16Array {
  const index = new Uint16Array(Math.max(0, steps - 1) * sides * 6);
  let at = 0;
  for (let k = 0; k + 1 < steps; k++) {
    for (let s = 0; s < sides; s++) {
      const a = k * sides + s;
      const b = k * sides + ((s + 1) % sides);
      index.set([a, b, a + sides, b, b + sides, a + sides], at);
      at += 6;
    }
  }
  return index;
}

/** Rows of a plan shown as ghosts: spread over the horizon, the end included, the start left out. */
export function ghostRows(rows: number, ghosts: number): number[] {
  const last = rows - 1;
  if (last < 1) return [];
  const out = new Set<number>();
  for (let g = 1; g <= ghosts; g++) out.add(Math.max(1, Math.round((last * g) / ghosts)));
  return [...out];
}
