import { NOTHING, type Placed, type Rays } from './rays';

/** What is there of light in all directions, what comes from the camera, and what a lamp adds (times its colour). */
const AMBIENT = 0.35;
const HEADLIGHT = 0.25;
const LAMP = 0.6;
/** Squares of a chequered floor: side in m, and what is left of the colour in every second. */
const SQUARE_METRES = 0.5;
const DARK_SQUARE = 0.75;
/** The sky, at the horizon and below, and straight above; 0 to 1. */
const HORIZON = [0.93, 0.95, 0.97] as const;
const ZENITH = [0.72, 0.78, 0.85] as const;

export interface Lamp {
  /** It shines along a direction, like the sun, instead of from a place. */
  isFar: boolean;
  /** Red, green, blue [3]. */
  colour: Float64Array;
  /** In the camera's frame [3]: where it is or, of a far one, the direction from which its light comes. */
  from: Float64Array;
}

/** Of the light in one point: red, green, blue. */
const light = new Float64Array(3);
/** Point 0..2 and normal 3..5 of a surface, in the geom's frame. */
const surface = new Float64Array(6);
const normal = new Float64Array(3);

/**
 * Colours of all rays [height · width, 3], 0 to 255.
 * @param up the world's vertical in the camera's frame [3]
 */
export function shade(
  rays: Rays,
  placed: readonly Placed[],
  lamps: readonly Lamp[],
  up: Float64Array,
  into: Float32Array,
): void {
  for (let row = 0, at = 0; row < rays.height; row++) {
    const y = rays.y[row]!;
    for (let column = 0; column < rays.width; column++, at++) {
      const x = rays.x[column]!;
      const seen = rays.geom[at]!;
      if (seen === NOTHING) shadeSky(x, y, up, into, 3 * at);
      else shadeSurface(placed[seen]!, x, y, rays.depth[at]!, rays.face[at]!, lamps, into, 3 * at);
    }
  }
}

function shadeSky(x: number, y: number, up: Float64Array, into: Float32Array, at: number): void {
  const rise = (up[0]! * x + up[1]! * y - up[2]!) / Math.sqrt(x * x + y * y + 1);
  const share = Math.max(0, rise);
  for (let i = 0; i < 3; i++) into[at + i] = 255 * (HORIZON[i]! + share * (ZENITH[i]! - HORIZON[i]!));
}

function shadeSurface(
  placed: Placed,
  x: number,
  y: number,
  depth: number,
  face: number,
  lamps: readonly Lamp[],
  into: Float32Array,
  at: number,
): void {
  const { geom, turn, eye } = placed;
  const px = x * depth;
  const py = y * depth;
  for (let i = 0; i < 3; i++) {
    surface[i] = eye[i]! + turn[3 * i]! * px + turn[3 * i + 1]! * py - turn[3 * i + 2]! * depth;
  }
  if (geom.triangles === null) geom.shape?.normal(geom.size, surface);
  else faceNormal(geom.triangles.corners, geom.triangles.faces, 3 * face);
  for (let i = 0; i < 3; i++) {
    normal[i] = turn[i]! * surface[3]! + turn[3 + i]! * surface[4]! + turn[6 + i]! * surface[5]!;
  }
  // A surface is seen from the side that the camera is on.
  const towards = normal[2]! - normal[0]! * x - normal[1]! * y;
  const length = Math.sqrt(normal[0]! ** 2 + normal[1]! ** 2 + normal[2]! ** 2);
  const scale = length > 0 ? (towards < 0 ? -1 : 1) / length : 0;
  const everywhere =
    AMBIENT + (HEADLIGHT * Math.abs(towards) * Math.abs(scale)) / Math.sqrt(x * x + y * y + 1);
  for (let i = 0; i < 3; i++) light[i] = everywhere;
  for (let lamp = 0; lamp < lamps.length; lamp++) {
    const { isFar, colour, from } = lamps[lamp]!;
    const lx = isFar ? from[0]! : from[0]! - px;
    const ly = isFar ? from[1]! : from[1]! - py;
    const lz = isFar ? from[2]! : from[2]! + depth;
    const along = normal[0]! * lx + normal[1]! * ly + normal[2]! * lz;
    const cosine = (along * scale) / Math.sqrt(lx * lx + ly * ly + lz * lz);
    if (!(cosine > 0)) continue;
    for (let i = 0; i < 3; i++) light[i] = light[i]! + LAMP * cosine * colour[i]!;
  }
  const dark =
    geom.chequered &&
    ((Math.floor(surface[0]! / SQUARE_METRES) + Math.floor(surface[1]! / SQUARE_METRES)) & 1) === 1;
  const paint = dark ? 255 * DARK_SQUARE : 255;
  for (let i = 0; i < 3; i++) into[at + i] = Math.min(255, paint * geom.colour[i]! * light[i]!);
}

/** Of a triangle, into 3..5 of `surface`. */
function faceNormal(corners: Float64Array, faces: Int32Array, at: number): void {
  const a = 3 * faces[at]!;
  const b = 3 * faces[at + 1]!;
  const c = 3 * faces[at + 2]!;
  const ux = corners[b]! - corners[a]!;
  const uy = corners[b + 1]! - corners[a + 1]!;
  const uz = corners[b + 2]! - corners[a + 2]!;
  const vx = corners[c]! - corners[a]!;
  const vy = corners[c + 1]! - corners[a + 1]!;
  const vz = corners[c + 2]! - corners[a + 2]!;
  surface[3] = uy * vz - uz * vy;
  surface[4] = uz * vx - ux * vz;
  surface[5] = ux * vy - uy * vx;
}
