import type { Crop } from '../../../shared/crop';

/** Pixels that a crop has along each side at least: less is a slip of the hand. */
const LEAST = 8;

interface Size {
  width: number;
  height: number;
}

/** The part between two corners, whole pixels inside the picture. Corners are shares of its sides. */
export function cropBetween(
  from: { x: number; y: number },
  to: { x: number; y: number },
  { width, height }: Size,
): Crop {
  const [left, across] = span(from.x, to.x, width);
  const [top, down] = span(from.y, to.y, height);
  return { left, top, width: across, height: down };
}

function span(a: number, b: number, size: number): [number, number] {
  const within = (share: number) => Math.round(Math.min(1, Math.max(0, share)) * size);
  const least = Math.min(LEAST, size);
  const low = Math.min(within(Math.min(a, b)), size - least);
  return [low, Math.max(least, within(Math.max(a, b)) - low)];
}

/** One number of it changed, the others made to fit. */
export function cropWith(crop: Crop, key: keyof Crop, value: number, { width, height }: Size): Crop {
  const asked = { ...crop, [key]: Number.isFinite(value) ? Math.round(value) : crop[key] };
  const least = { width: Math.min(LEAST, width), height: Math.min(LEAST, height) };
  const left = clip(asked.left, 0, width - least.width);
  const top = clip(asked.top, 0, height - least.height);
  return {
    ...{ left, top },
    width: clip(asked.width, least.width, width - left),
    height: clip(asked.height, least.height, height - top),
  };
}

const clip = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** A crop of all of a picture is none. */
export const isWhole = ({ left, top, width, height }: Crop, size: Size): boolean =>
  left === 0 && top === 0 && width === size.width && height === size.height;
