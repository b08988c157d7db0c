/**
 * Where a ray meets MuJoCo's simple shapes, and how the surface stands there, in the shape's own frame (z along its axis).
 * Everything goes through one array, because a number that is handed from function to function is put on the heap.
 */

/** [9]: origin 0..2, direction 3..5 of any length, and after a hit: at how many directions from the origin 6. */
export type Ray = Float64Array;
/** MuJoCo's geom_size [3]. */
type Size = Float64Array;

export interface Shape {
  /** Puts where the ray first meets the shape, at 0 directions or more, into ray[6]: Infinity where it never does. */
  meet(size: Size, ray: Ray): void;
  /** Puts the surface's normal, of any length, at the point in 0..2 into 3..5. */
  normal(size: Size, at: Float64Array): void;
}

const NEVER = Number.POSITIVE_INFINITY;
/** Of a plane a ray sees the front alone, and not when it runs along it: MuJoCo's mjMINVAL. */
const ALONG = 1e-15;

/** The smaller of a quadratic's solutions that is not negative: a·t² + 2·b·t + c = 0. */
function firstSolution(a: number, b: number, c: number): number {
  const d = b * b - a * c;
  if (!(d >= 0) || a < ALONG) return NEVER;
  const root = Math.sqrt(d);
  const near = (-b - root) / a;
  if (near >= 0) return near;
  const far = (-b + root) / a;
  return far >= 0 ? far : NEVER;
}

const plane: Shape = {
  meet(size, ray) {
    const dz = ray[5]!;
    ray[6] = NEVER;
    if (dz > -ALONG) return;
    const t = -ray[2]! / dz;
    if (t < 0) return;
    // A side of 0 has no end.
    const sx = size[0]!;
    const sy = size[1]!;
    if (sx > 0 && Math.abs(ray[0]! + t * ray[3]!) > sx) return;
    if (sy > 0 && Math.abs(ray[1]! + t * ray[4]!) > sy) return;
    ray[6] = t;
  },
  normal(_, at) {
    at[3] = 0;
    at[4] = 0;
    at[5] = 1;
  },
};

const sphere: Shape = {
  meet(size, ray) {
    const ox = ray[0]!;
    const oy = ray[1]!;
    const oz = ray[2]!;
    const dx = ray[3]!;
    const dy = ray[4]!;
    const dz = ray[5]!;
    const r = size[0]!;
    ray[6] = firstSolution(
      dx * dx + dy * dy + dz * dz,
      ox * dx + oy * dy + oz * dz,
      ox * ox + oy * oy + oz * oz - r * r,
    );
  },
  normal(_, at) {
    at[3] = at[0]!;
    at[4] = at[1]!;
    at[5] = at[2]!;
  },
};

const ellipsoid: Shape = {
  meet(size, ray) {
    const sx = 1 / size[0]!;
    const sy = 1 / size[1]!;
    const sz = 1 / size[2]!;
    const ox = ray[0]! * sx;
    const oy = ray[1]! * sy;
    const oz = ray[2]! * sz;
    const dx = ray[3]! * sx;
    const dy = ray[4]! * sy;
    const dz = ray[5]! * sz;
    ray[6] = firstSolution(
      dx * dx + dy * dy + dz * dz,
      ox * dx + oy * dy + oz * dz,
      ox * ox + oy * oy + oz * oz - 1,
    );
  },
  normal(size, at) {
    at[3] = at[0]! / size[0]! ** 2;
    at[4] = at[1]! / size[1]! ** 2;
    at[5] = at[2]! / size[2]! ** 2;
  },
};

const capsule: Shape = {
  meet(size, ray) {
    const ox = ray[0]!;
    const oy = ray[1]!;
    const oz = ray[2]!;
    const dx = ray[3]!;
    const dy = ray[4]!;
    const dz = ray[5]!;
    const r = size[0]!;
    const half = size[1]!;
    const a = dx * dx + dy * dy;
    const b = ox * dx + oy * dy;
    const c = ox * ox + oy * oy - r * r;
    let first = NEVER;
    const d = b * b - a * c;
    if (d >= 0 && a >= ALONG) {
      const root = Math.sqrt(d);
      const near = (-b - root) / a;
      const far = (-b + root) / a;
      if (near >= 0 && Math.abs(oz + near * dz) <= half) first = near;
      else if (far >= 0 && Math.abs(oz + far * dz) <= half) first = far;
    }
    // The half spheres: a solution counts beyond the end of the cylinder.
    const length = a + dz * dz;
    for (let end = -1; end <= 1; end += 2) {
      const z = oz - end * half;
      const e = b + z * dz;
      const f = e * e - length * (c + z * z);
      if (f < 0) continue;
      const root = Math.sqrt(f);
      for (let side = -1; side <= 1; side += 2) {
        const t = (-e + side * root) / length;
        if (t >= 0 && t < first && end * (oz + t * dz) >= half) first = t;
      }
    }
    ray[6] = first;
  },
  normal(size, at) {
    const z = at[2]!;
    const half = size[1]!;
    at[3] = at[0]!;
    at[4] = at[1]!;
    at[5] = z > half ? z - half : z < -half ? z + half : 0;
  },
};

const cylinder: Shape = {
  meet(size, ray) {
    const ox = ray[0]!;
    const oy = ray[1]!;
    const oz = ray[2]!;
    const dx = ray[3]!;
    const dy = ray[4]!;
    const dz = ray[5]!;
    const r = size[0]!;
    const half = size[1]!;
    const a = dx * dx + dy * dy;
    const b = ox * dx + oy * dy;
    const c = ox * ox + oy * oy - r * r;
    let first = NEVER;
    const d = b * b - a * c;
    if (d >= 0 && a >= ALONG) {
      const root = Math.sqrt(d);
      const near = (-b - root) / a;
      const far = (-b + root) / a;
      if (near >= 0 && Math.abs(oz + near * dz) <= half) first = near;
      else if (far >= 0 && Math.abs(oz + far * dz) <= half) first = far;
    }
    if (Math.abs(dz) >= ALONG) {
      for (let end = -1; end <= 1; end += 2) {
        const t = (end * half - oz) / dz;
        if (t < 0 || t >= first) continue;
        const x = ox + t * dx;
        const y = oy + t * dy;
        if (x * x + y * y <= r * r) first = t;
      }
    }
    ray[6] = first;
  },
  normal(size, at) {
    const x = at[0]!;
    const y = at[1]!;
    const z = at[2]!;
    const r = size[0]!;
    const half = size[1]!;
    // Nearer to a lid than to the side.
    const onLid = half - Math.abs(z) < r - Math.sqrt(x * x + y * y);
    at[3] = onLid ? 0 : x;
    at[4] = onLid ? 0 : y;
    at[5] = onLid ? Math.sign(z) : 0;
  },
};

const box: Shape = {
  meet(size, ray) {
    let enter = Number.NEGATIVE_INFINITY;
    let leave = NEVER;
    for (let axis = 0; axis < 3; axis++) {
      const o = ray[axis]!;
      const d = ray[3 + axis]!;
      const s = size[axis]!;
      if (Math.abs(d) < ALONG) {
        if (Math.abs(o) > s) leave = Number.NEGATIVE_INFINITY;
        continue;
      }
      const one = (-s - o) / d;
      const other = (s - o) / d;
      enter = Math.max(enter, Math.min(one, other));
      leave = Math.min(leave, Math.max(one, other));
    }
    ray[6] = enter > leave || leave < 0 ? NEVER : enter >= 0 ? enter : leave;
  },
  normal(size, at) {
    let face = 0;
    let least = NEVER;
    for (let axis = 0; axis < 3; axis++) {
      const inside = size[axis]! - Math.abs(at[axis]!);
      if (inside < least) {
        least = inside;
        face = axis;
      }
    }
    for (let axis = 0; axis < 3; axis++) at[3 + axis] = axis === face ? Math.sign(at[axis]!) : 0;
  },
};

export const SHAPES = { plane, sphere, ellipsoid, capsule, cylinder, box };
