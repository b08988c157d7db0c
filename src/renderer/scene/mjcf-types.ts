export type Vec3 = [number, number, number];
/** x, y, z, w: three.js' order, not MuJoCo's. */
export type Quat = [number, number, number, number];

/** What a drawing needs of an MJCF model. Parents come before their children; body 0 is the world. */
export interface MjcfModel {
  name: string;
  bodies: MjcfBody[];
  joints: MjcfJoint[];
  geoms: MjcfGeom[];
  sites: MjcfSite[];
  /** What the file asks for and this drawing does not show, as sentences. */
  problems: string[];
}

export interface MjcfBody {
  name: string;
  /** Index of the parent; -1 for the world. */
  parent: number;
  position: Vec3;
  quaternion: Quat;
}

export interface MjcfJoint {
  name: string;
  body: number;
  kind: 'hinge' | 'slide';
  /** Unit vector in the body's frame. */
  axis: Vec3;
  position: Vec3;
  /** Value at which the body stands as written, rad or m. */
  reference: number;
  range: [number, number] | null;
}

export type GeomShape = 'plane' | 'sphere' | 'capsule' | 'ellipsoid' | 'cylinder' | 'box';

export interface MjcfGeom {
  name: string;
  body: number;
  shape: GeomShape;
  /** MuJoCo's sizes: half extents; radius and half length for capsule and cylinder, along local z. */
  size: Vec3;
  position: Vec3;
  quaternion: Quat;
  /** Components from 0 to 1. */
  rgba: [number, number, number, number];
}

export interface MjcfSite {
  name: string;
  body: number;
  position: Vec3;
}
