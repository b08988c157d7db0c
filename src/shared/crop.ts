import { z } from 'zod';

/** A part of a camera's picture, pixels from its left upper corner. */
export const Crop = z.object({
  left: z.number().int().min(0),
  top: z.number().int().min(0),
  width: z.number().int().min(1),
  height: z.number().int().min(1),
});
export type Crop = z.infer<typeof Crop>;

/** "left,top,width,height" as options have it, of several cameras one after the other with semicolons; '' is the whole picture. */
export const CropText = z
  .string()
  .max(400)
  .regex(
    /^\s*(\d+(\s*,\s*\d+){3})?\s*(;\s*(\d+(\s*,\s*\d+){3})?\s*)*$/,
    'four whole numbers with commas: left,top,width,height, of several cameras with semicolons',
  );

/** Undefined for the whole picture. */
export function cropOf(text: string): Crop | undefined {
  const parts = text.split(',').map(Number);
  if (text.trim() === '' || parts.length !== 4 || !parts.every(Number.isInteger)) return undefined;
  const [left, top, width, height] = parts as [number, number, number, number];
  return { left, top, width, height };
}

/** Of each camera its own. */
export const cropsOf = (text: string): (Crop | undefined)[] => text.split(';').map(cropOf);

export const cropText = ({ left, top, width, height }: Crop): string => [left, top, width, height].join(',');

/** Does it lie inside pictures of this size? */
export const isInside = (crop: Crop, recorded: { width: number; height: number }): boolean =>
  [crop.left, crop.top, crop.width, crop.height].every(Number.isInteger) &&
  crop.left >= 0 &&
  crop.top >= 0 &&
  crop.width >= 1 &&
  crop.height >= 1 &&
  crop.left + crop.width <= recorded.width &&
  crop.top + crop.height <= recorded.height;
