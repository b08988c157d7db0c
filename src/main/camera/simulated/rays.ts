import type { SeenGeom } from './scene';
import type { Triangles } from './triangles';

/** Nothing was met. */
export const NOTHING = -1;

/** Nearer than this nothing is projected: its rectangle is the whole picture. */
const NEAREST = 1e-6;

/**
 * The rays of a camera, one from the middle of every small square of its picture, in the camera's frame: x to the right, y up,
 * and it looks along −z. A direction has z = −1, so that how often it fits until something is met is how deep that lies.
 */
export class Rays {
  /** Of the columns [width] and the rows [height]. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** What was met: m along the camera's axis [height · width], Infinity for nothing. */
  readonly depth: Float64Array;
  /** Place in the list of geoms [height · width], or NOTHING. */
  readonly geom: Int32Array;
  /** Which of its triangles [height · width]. */
  readonly face: Int32Array;
  readonly #slopeX: number;
  readonly #slopeY: number;
  /** Columns and rows that everything is moved by. */
  #right = 0;
  #down = 0;

  /** @param fovy opening angle from the lower to the upper edge, degrees */
  constructor(
    readonly width: number,
    readonly height: number,
    fovy: number,
  ) {
    this.#slopeY = Math.tan((fovy * Math.PI) / 360);
    this.#slopeX = (this.#slopeY * width) / height;
    this.x = new Float64Array(width);
    this.y = new Float64Array(height);
    this.move(0, 0);
    this.depth = new Float64Array(width * height);
    this.geom = new Int32Array(width * height);
    this.face = new Int32Array(width * height);
  }

  /** Everything is seen so many columns further to the right, and rows further down. */
  move(right: number, down: number): void {
    const { width, height } = this;
    for (let i = 0; i < width; i++) this.x[i] = ((2 * (i - right) + 1) / width - 1) * this.#slopeX;
    for (let i = 0; i < height; i++) this.y[i] = (1 - (2 * (i - down) + 1) / height) * this.#slopeY;
    this.#right = right;
    this.#down = down;
  }

  clear(): void {
    this.depth.fill(Number.POSITIVE_INFINITY);
    this.geom.fill(NOTHING);
  }

  /** Column and row that a point of the camera's frame in front of it lies in, with the part of one. */
  columnOf(x: number, depth: number): number {
    return ((x / depth / this.#slopeX + 1) / 2) * this.width + this.#right;
  }
  rowOf(y: number, depth: number): number {
    return ((1 - y / depth / this.#slopeY) / 2) * this.height + this.#down;
  }
}

/** How a geom stands before a camera. */
export interface Placed {
  geom: SeenGeom;
  /** Its place in the list of geoms. */
  index: number;
  /** Rotation [3, 3]: a direction of the camera's frame, in the geom's. */
  turn: Float64Array;
  /** The camera in the geom's frame [3]. */
  eye: Float64Array;
}

/** First column and row, and those behind the last. */
type Rectangle = Int32Array;
const rectangle: Rectangle = new Int32Array(4);
const ray = new Float64Array(7);
const point = new Float64Array(3);

/** A point of the geom's frame in the camera's, into `point`. */
function seenFromCamera({ turn, eye }: Placed, x: number, y: number, z: number): void {
  const px = x - eye[0]!;
  const py = y - eye[1]!;
  const pz = z - eye[2]!;
  for (let i = 0; i < 3; i++) point[i] = turn[i]! * px + turn[3 + i]! * py + turn[6 + i]! * pz;
}

/** A rectangle that is to be grown by points. */
class Bounds {
  left = Number.POSITIVE_INFINITY;
  right = Number.NEGATIVE_INFINITY;
  top = Number.POSITIVE_INFINITY;
  bottom = Number.NEGATIVE_INFINITY;
  /** Points that are not in front of the camera, and points in all. */
  behind = 0;
  points = 0;

  clear(): void {
    this.left = this.top = Number.POSITIVE_INFINITY;
    this.right = this.bottom = Number.NEGATIVE_INFINITY;
    this.behind = this.points = 0;
  }

  add(rays: Rays, x: number, y: number, z: number): void {
    this.points++;
    if (z > -NEAREST) {
      this.behind++;
      return;
    }
    const column = rays.columnOf(x, -z);
    const row = rays.rowOf(y, -z);
    this.left = Math.min(this.left, column);
    this.right = Math.max(this.right, column);
    this.top = Math.min(this.top, row);
    this.bottom = Math.max(this.bottom, row);
  }

  /** The small squares whose middles may lie inside, into `rectangle`. */
  take(rays: Rays): void {
    if (this.behind === this.points) rectangle.fill(0);
    else if (this.behind > 0) whole(rays);
    else {
      rectangle[0] = Math.max(0, Math.floor(this.left - 0.5));
      rectangle[1] = Math.max(0, Math.floor(this.top - 0.5));
      rectangle[2] = Math.min(rays.width, Math.ceil(this.right + 0.5));
      rectangle[3] = Math.min(rays.height, Math.ceil(this.bottom + 0.5));
    }
  }
}
const bounds = new Bounds();

function whole({ width, height }: Rays): void {
  rectangle[0] = rectangle[1] = 0;
  rectangle[2] = width;
  rectangle[3] = height;
}

/** Casts all rays that may meet it, and keeps what is nearer than what was met before. */
export function cast(rays: Rays, placed: Placed): void {
  const { geom } = placed;
  if (geom.box === null) whole(rays);
  else boxOnPicture(rays, placed, geom.box);
  if (geom.triangles !== null) castTriangles(rays, placed, geom.triangles);
  else castShape(rays, placed);
}

function boxOnPicture(rays: Rays, placed: Placed, box: Float64Array): void {
  bounds.clear();
  for (let corner = 0; corner < 8; corner++) {
    seenFromCamera(
      placed,
      box[0]! + (corner & 1 ? 1 : -1) * box[3]!,
      box[1]! + (corner & 2 ? 1 : -1) * box[4]!,
      box[2]! + (corner & 4 ? 1 : -1) * box[5]!,
    );
    bounds.add(rays, point[0]!, point[1]!, point[2]!);
  }
  bounds.take(rays);
}

function castShape(rays: Rays, { geom, index, turn, eye }: Placed): void {
  const { shape, size } = geom;
  if (shape === null) return;
  const left = rectangle[0]!;
  const right = rectangle[2]!;
  const bottom = rectangle[3]!;
  for (let i = 0; i < 3; i++) ray[i] = eye[i]!;
  for (let row = rectangle[1]!; row < bottom; row++) {
    const y = rays.y[row]!;
    const rowX = turn[1]! * y - turn[2]!;
    const rowY = turn[4]! * y - turn[5]!;
    const rowZ = turn[7]! * y - turn[8]!;
    for (let column = left; column < right; column++) {
      const x = rays.x[column]!;
      ray[3] = rowX + turn[0]! * x;
      ray[4] = rowY + turn[3]! * x;
      ray[5] = rowZ + turn[6]! * x;
      shape.meet(size, ray);
      const at = row * rays.width + column;
      if (ray[6]! < rays.depth[at]!) {
        rays.depth[at] = ray[6]!;
        rays.geom[at] = index;
      }
    }
  }
}

/** Corners in the camera's frame; grows to the largest mesh. */
let corners = new Float64Array(0);

/**
 * A ray meets a triangle where it lies on the same side of the three planes through the camera and an edge. Two triangles
 * with an edge in common reckon that plane with the same numbers, so there is no gap between them.
 */
function castTriangles(rays: Rays, placed: Placed, triangles: Triangles): void {
  if (rectangle[0]! >= rectangle[2]! || rectangle[1]! >= rectangle[3]!) return;
  const { corners: own, faces } = triangles;
  if (corners.length < own.length) corners = new Float64Array(own.length);
  for (let i = 0; i < own.length; i += 3) {
    seenFromCamera(placed, own[i]!, own[i + 1]!, own[i + 2]!);
    corners.set(point, i);
  }
  for (let face = 0; 3 * face < faces.length; face++) {
    castTriangle(
      rays,
      placed.index,
      face,
      3 * faces[3 * face]!,
      3 * faces[3 * face + 1]!,
      3 * faces[3 * face + 2]!,
    );
  }
}

function castTriangle(rays: Rays, index: number, face: number, a: number, b: number, c: number): void {
  const ax = corners[a]!;
  const ay = corners[a + 1]!;
  const az = corners[a + 2]!;
  const bx = corners[b]!;
  const by = corners[b + 1]!;
  const bz = corners[b + 2]!;
  const cx = corners[c]!;
  const cy = corners[c + 1]!;
  const cz = corners[c + 2]!;
  bounds.clear();
  bounds.add(rays, ax, ay, az);
  bounds.add(rays, bx, by, bz);
  bounds.add(rays, cx, cy, cz);
  bounds.take(rays);
  const left = rectangle[0]!;
  const right = rectangle[2]!;
  const bottom = rectangle[3]!;
  // Edge planes: a × b, b × c, c × a.
  const abx = ay * bz - az * by;
  const aby = az * bx - ax * bz;
  const abz = ax * by - ay * bx;
  const bcx = by * cz - bz * cy;
  const bcy = bz * cx - bx * cz;
  const bcz = bx * cy - by * cx;
  const cax = cy * az - cz * ay;
  const cay = cz * ax - cx * az;
  const caz = cx * ay - cy * ax;
  // Their sum is the normal, and what it makes of a corner six times the volume.
  const nx = abx + bcx + cax;
  const ny = aby + bcy + cay;
  const nz = abz + bcz + caz;
  const volume = nx * ax + ny * ay + nz * az;
  for (let row = rectangle[1]!; row < bottom; row++) {
    const y = rays.y[row]!;
    for (let column = left; column < right; column++) {
      const x = rays.x[column]!;
      const ab = abx * x + aby * y - abz;
      const bc = bcx * x + bcy * y - bcz;
      const ca = cax * x + cay * y - caz;
      if (!((ab >= 0 && bc >= 0 && ca >= 0) || (ab <= 0 && bc <= 0 && ca <= 0))) continue;
      const depth = volume / (nx * x + ny * y - nz);
      const at = row * rays.width + column;
      // An edge-on triangle has no depth, one behind the camera a negative one.
      if (!(depth >= 0 && depth < rays.depth[at]!)) continue;
      rays.depth[at] = depth;
      rays.geom[at] = index;
      rays.face[at] = face;
    }
  }
}
