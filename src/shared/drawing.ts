import { z } from 'zod';

const vec3 = z.tuple([z.number(), z.number(), z.number()]);
export type Vec3 = z.infer<typeof vec3>;
/** x, y, z, w: three.js' order, not MuJoCo's. */
const quat = z.tuple([z.number(), z.number(), z.number(), z.number()]);
export type Quat = z.infer<typeof quat>;

export const DrawnBody = z.object({
  name: z.string(),
  /** Index of the parent; -1 for the world. */
  parent: z.number().int(),
  position: vec3,
  quaternion: quat,
});
export type DrawnBody = z.infer<typeof DrawnBody>;

export const DrawnJoint = z.object({
  /** "#3" for the joint of that index where it has no name. */
  name: z.string(),
  body: z.number().int(),
  kind: z.enum(['hinge', 'slide']),
  /** Unit vector in the body's frame. */
  axis: vec3,
  position: vec3,
  /** Value at which the body stands as written, rad or m. */
  reference: z.number(),
  range: z.tuple([z.number(), z.number()]).nullable(),
});
export type DrawnJoint = z.infer<typeof DrawnJoint>;

export const DrawnGeom = z.object({
  name: z.string(),
  body: z.number().int(),
  shape: z.enum(['plane', 'sphere', 'capsule', 'ellipsoid', 'cylinder', 'box', 'mesh']),
  /**
   * MuJoCo's sizes: half extents; radius and half length for capsule and cylinder, along local z; half extents of its box
   * for a mesh.
   */
  size: vec3,
  position: vec3,
  quaternion: quat,
  /** Components from 0 to 1. */
  rgba: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  /** Index of its mesh, for a geom of that shape. */
  mesh: z.number().int().optional(),
});
export type DrawnGeom = z.infer<typeof DrawnGeom>;

export const DrawnMesh = z.object({
  /** Corners in the frame of the geom, x y z each, m: float32, little endian, base64. */
  corners: z.string(),
  /** Indices of corners, three a triangle: uint32, little endian, base64. */
  triangles: z.string(),
});
export type DrawnMesh = z.infer<typeof DrawnMesh>;

export const DrawnSite = z.object({ name: z.string(), body: z.number().int(), position: vec3 });
export type DrawnSite = z.infer<typeof DrawnSite>;

/** What is drawn of a compiled MuJoCo model. Parents come before their children; body 0 is the world. */
export const Drawing = z.object({
  bodies: z.array(DrawnBody),
  joints: z.array(DrawnJoint),
  geoms: z.array(DrawnGeom),
  meshes: z.array(DrawnMesh),
  sites: z.array(DrawnSite),
  /** What the model has and the drawing does not show, as sentences. */
  problems: z.array(z.string()),
});
export type Drawing = z.infer<typeof Drawing>;

/** A rig's drawing, and the observation channel that drives each of its joints. */
export const Scene = z.object({ drawing: Drawing, joints: z.record(z.string(), z.string()) });
export type Scene = z.infer<typeof Scene>;
