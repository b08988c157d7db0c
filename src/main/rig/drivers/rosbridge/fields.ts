/** A message as JSON brings it. */
export type Message = Record<string, unknown>;

type Step = string | number;

/** `points[0].positions[2]` as steps: "points", 0, "positions", 2. */
function steps(path: string): Step[] {
  return [...path.matchAll(/([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]/g)].map(([, name, place]) =>
    name === undefined ? Number(place) : name,
  );
}

/** What stands at a path of a message; undefined where the message has no such place. */
export function fieldOf(message: unknown, path: string): unknown {
  return steps(path).reduce<unknown>((value, step) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    return (value as Record<Step, unknown>)[step];
  }, message);
}

/** Puts a value at a path; objects and lists on the way are made, and gaps in lists filled with 0 or empty objects. */
export function setField(message: Message, path: string, value: unknown): void {
  const way = steps(path);
  let place: Record<Step, unknown> = message;
  way.forEach((step, i) => {
    const next = way[i + 1];
    if (Array.isArray(place) && typeof step === 'number') {
      while (place.length <= step) place.push(next === undefined ? 0 : empty(next));
    }
    if (next === undefined) place[step] = value;
    else {
      const inside = place[step];
      if (typeof inside !== 'object' || inside === null) place[step] = empty(next);
      place = place[step] as Record<Step, unknown>;
    }
  });
}

function empty(next: Step): object {
  return typeof next === 'number' ? [] : {};
}

export interface Quaternion {
  x: number;
  y: number;
  z: number;
  w: number;
}

export interface Angles {
  roll: number;
  pitch: number;
  yaw: number;
}

/** Rotations about z, y and x in this order (yaw, pitch, roll), rad; NaN for what is no rotation. */
export function anglesOf({ x, y, z, w }: Quaternion): Angles {
  const square = x * x + y * y + z * z + w * w;
  if (!(square > 1e-12) || !Number.isFinite(square))
    return { roll: Number.NaN, pitch: Number.NaN, yaw: Number.NaN };
  const n = 2 / square;
  return {
    roll: Math.atan2(n * (w * x + y * z), 1 - n * (x * x + y * y)),
    pitch: Math.asin(Math.min(1, Math.max(-1, n * (w * y - z * x)))),
    yaw: Math.atan2(n * (w * z + x * y), 1 - n * (y * y + z * z)),
  };
}

/** The unit quaternion of rotations about z, y and x in this order. */
export function quaternionOf({ roll, pitch, yaw }: Angles): Quaternion {
  const [cr, sr] = [Math.cos(roll / 2), Math.sin(roll / 2)];
  const [cp, sp] = [Math.cos(pitch / 2), Math.sin(pitch / 2)];
  const [cy, sy] = [Math.cos(yaw / 2), Math.sin(yaw / 2)];
  return {
    x: sr * cp * cy - cr * sp * sy,
    y: cr * sp * cy + sr * cp * sy,
    z: cr * cp * sy - sr * sp * cy,
    w: cr * cp * cy + sr * sp * sy,
  };
}
