import { Vector3 } from 'three';
import type { Tracer } from './futures';

/** Points of a path by their step, each traced once: of every frame's path all but the newest steps were in the one before. */
export class TracedPath {
  private readonly steps: Float64Array;
  private readonly rows: unknown[];
  private readonly points: Float64Array;
  private readonly at = new Vector3();

  /** @param most steps that are kept, the newest */
  constructor(readonly most: number) {
    this.steps = new Float64Array(most).fill(Number.NaN);
    this.rows = new Array(most);
    this.points = new Float64Array(3 * most);
  }

  clear(): void {
    this.steps.fill(Number.NaN);
  }

  /** Whether a step's point is there already. @param row what it came from; another one for the same step is another point */
  has(step: number, row: unknown): boolean {
    const slot = step % this.most;
    return this.steps[slot] === step && this.rows[slot] === row;
  }

  add(step: number, row: unknown, observation: ArrayLike<number>, tracer: Tracer): void {
    const slot = step % this.most;
    this.steps[slot] = step;
    this.rows[slot] = row;
    tracer.trace(observation, this.at).toArray(this.points, 3 * slot);
  }

  /** Writes where the traced point is at a step. @returns whether that is known */
  point(step: number, out: Vector3): boolean {
    const slot = step % this.most;
    if (this.steps[slot] !== step) return false;
    out.fromArray(this.points, 3 * slot);
    return true;
  }
}

interface PathColours {
  measured: readonly number[];
  predicted: readonly number[];
  apart: readonly number[];
}

/** Points of a path so many steps apart are joined; where more of them are missing, nobody knows what came between. */
const LARGEST_GAP = 3;
/** Steps between two lines that join a prediction to what was measured. */
const JOIN_EVERY = 4;

/** What was measured and what had been predicted for it, from one step to another. */
export interface Past {
  measured: TracedPath;
  predicted: TracedPath;
  from: number;
  to: number;
}

interface Segments {
  positions: Float32Array;
  colours: Float32Array;
}

/**
 * Writes both paths of the traced point as line segments, and between them every few steps a line from what was predicted to
 * what came of it: predictions only of steps that were measured.
 * @param out [segments × 2 × 3] each
 * @returns segments written
 */
export function fillPast(past: Past, colours: PathColours, out: Segments): number {
  const { measured, predicted, from, to } = past;
  let written = 0;
  for (let step = Math.ceil(from / JOIN_EVERY) * JOIN_EVERY; step <= to; step += JOIN_EVERY) {
    if (!predicted.point(step, a) || !measured.point(step, b)) continue;
    written = segment(written, a, b, colours.apart, out);
  }
  const came = (step: number, at: Vector3) => measured.point(step, at);
  const foreseen = (step: number, at: Vector3) => measured.point(step, at) && predicted.point(step, at);
  written = path(foreseen, past, written, colours.predicted, out);
  return path(came, past, written, colours.measured, out);
}

/** Used anew in every frame. */
const a = new Vector3();
const b = new Vector3();

function path(
  pointAt: (step: number, out: Vector3) => boolean,
  { from, to }: Past,
  written: number,
  colour: readonly number[],
  out: Segments,
): number {
  let count = written;
  let before = Number.NEGATIVE_INFINITY;
  for (let step = from; step <= to; step++) {
    if (!pointAt(step, b)) continue;
    if (step - before <= LARGEST_GAP) count = segment(count, a, b, colour, out);
    before = step;
    a.copy(b);
  }
  return count;
}

/** @returns segments written with this one; it is left out where there is no room for it */
function segment(
  written: number,
  from: Vector3,
  to: Vector3,
  colour: readonly number[],
  out: Segments,
): number {
  if (6 * (written + 1) > out.positions.length) return written;
  from.toArray(out.positions, written * 6);
  to.toArray(out.positions, written * 6 + 3);
  out.colours.set(colour, written * 6);
  out.colours.set(colour, written * 6 + 3);
  return written + 1;
}
