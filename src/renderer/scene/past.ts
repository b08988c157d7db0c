import { Vector3 } from 'three';
import type { Forecast } from '../live/forecast';
import type { Tracer } from './futures';

/** What was measured and what had been predicted for it, by step. */
export interface Past {
  measured: { step: number; observation: readonly number[] }[];
  predicted: { step: number; observation: readonly number[] }[];
}

/** Lays predictions beside what then happened: only of steps that have been measured, and in their order. */
export function pastOf(measured: Past['measured'], forecasts: readonly Forecast[]): Past {
  const steps = new Set(measured.map(({ step }) => step));
  const predicted = forecasts
    .filter(({ step, mean }) => steps.has(step) && mean.every(Number.isFinite))
    .map(({ step, mean }) => ({ step, observation: mean }));
  return { measured, predicted };
}

interface Point {
  step: number;
  at: Vector3;
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

/**
 * Writes both paths of the traced point as line segments, and between them every few steps a line from what was predicted to
 * what came of it.
 * @param out [segments × 2 × 3] each
 * @returns segments written
 */
export function fillPast(
  { measured, predicted }: Past,
  tracer: Tracer,
  colours: PathColours,
  out: { positions: Float32Array; colours: Float32Array },
): number {
  const most = Math.floor(out.positions.length / 6);
  const place = ({ step, observation }: Past['measured'][number]): Point => ({
    step,
    at: tracer.trace(observation, new Vector3()),
  });
  let written = 0;
  const segment = (from: Vector3, to: Vector3, colour: readonly number[]) => {
    if (written >= most) return;
    from.toArray(out.positions, written * 6);
    to.toArray(out.positions, written * 6 + 3);
    out.colours.set(colour, written * 6);
    out.colours.set(colour, written * 6 + 3);
    written += 1;
  };
  const path = (points: readonly Point[], colour: readonly number[]) =>
    points.forEach((point, i) => {
      const before = points[i - 1];
      if (before && point.step - before.step <= LARGEST_GAP) segment(before.at, point.at, colour);
    });
  const taken = measured.map(place);
  const imagined = predicted.map(place);
  for (const { step, at } of imagined) {
    const came = taken.find((point) => point.step === step);
    if (came && step % JOIN_EVERY === 0) segment(at, came.at, colours.apart);
  }
  path(imagined, colours.predicted);
  path(taken, colours.measured);
  return written;
}
