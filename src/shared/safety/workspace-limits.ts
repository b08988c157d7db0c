import { z } from 'zod';

const vec3 = z.tuple([z.number(), z.number(), z.number()]);
const box = z
  .strictObject({ from: vec3, to: vec3 })
  .refine(({ from, to }) => from.every((low, i) => low < (to[i] ?? low)), '"from" below "to" on every axis');
const sphere = z.strictObject({ center: vec3, radius: z.number().positive() });

/** A space, in metres in the frame of the model that is drawn. */
export const Zone = z.union([
  z.strictObject({ name: z.string(), box }),
  z.strictObject({ name: z.string(), sphere }),
  /** All behind a plane through `at`, seen from where `normal` points to. */
  z.strictObject({
    name: z.string(),
    behind: z.strictObject({
      at: vec3,
      normal: vec3.refine((normal) => Math.hypot(...normal) > 1e-9, 'a direction, found zeros'),
    }),
  }),
]);
export type Zone = z.infer<typeof Zone>;

/** What of the robot has to stay there: a geom or site of the drawn model, or a body with all that it carries. */
export const WorkspacePart = z.union([
  z.strictObject({ body: z.string() }),
  z.strictObject({ geom: z.string() }),
  z.strictObject({ site: z.string(), radius: z.number().min(0).default(0) }),
]);
export type WorkspacePart = z.infer<typeof WorkspacePart>;

export const WorkspaceLimits = z
  .strictObject({
    parts: z.array(WorkspacePart).min(1).max(100),
    /** m: nothing goes below this height. */
    floor: z.number().optional(),
    /** Everything stays within all of these. */
    inside: z
      .array(z.union([Zone.options[0], Zone.options[1]]))
      .max(20)
      .default([]),
    /** Nothing enters one of these. */
    outside: z.array(Zone).max(20).default([]),
    /** m: observed so deep where it must not be, the rig is brought to hold. */
    holdBeyond: z.number().positive().default(0.02),
  })
  .refine(
    ({ floor, inside, outside }) => floor !== undefined || inside.length + outside.length > 0,
    'a floor, or a space to stay in or out of',
  );
export type WorkspaceLimits = z.infer<typeof WorkspaceLimits>;
