import type { Drawing, DrawnGeom, Vec3 } from '../../../shared/drawing';
import type { WorkspacePart } from '../../../shared/safety/workspace-limits';
import { matrixOf } from './tree';

/** A ball on a body that must stay where it may be. */
export interface Feeler {
  body: number;
  /** m, in the body's frame. */
  at: Vec3;
  radius: number;
  /** What it belongs to, as sentences name it. */
  of: string;
  /** Corners are exact for flat borders; balls that cover the shape, a little larger than it, for all others. */
  meant: 'planes' | 'solids' | 'all';
}

/** A box is covered by at most so many balls along each side. */
const MOST_BALLS = 4;
/** No ball is smaller, m, unless its box is thin. */
const SMALLEST_BALL = 0.008;

/** The balls of what is named, and the names that the model does not have, as ends of sentences. */
export function feelersOf(
  drawing: Drawing,
  parts: readonly WorkspacePart[],
): { feelers: Feeler[]; problems: string[] } {
  const problems: string[] = [];
  const feelers = parts.flatMap((part, i): Feeler[] => {
    const path = `safety.workspace.parts[${i}]`;
    if ('site' in part) {
      const site = drawing.sites.find(({ name }) => name === part.site);
      if (site) {
        return [{ body: site.body, at: site.position, radius: part.radius, of: part.site, meant: 'all' }];
      }
      problems.push(
        `${path}.site: expected a site of the drawing (${quoted(drawing.sites)}), found "${part.site}"`,
      );
      return [];
    }
    if ('geom' in part) {
      const geom = drawing.geoms.find(({ name }) => name === part.geom);
      if (geom) return ballsOf(drawing, geom);
      problems.push(
        `${path}.geom: expected a geom of the drawing (${quoted(drawing.geoms)}), found "${part.geom}"`,
      );
      return [];
    }
    const body = drawing.bodies.findIndex(({ name }) => name === part.body);
    const carried = drawing.geoms.filter((geom) => isCarried(drawing, geom.body, body));
    if (body >= 0 && carried.length > 0) return carried.flatMap((geom) => ballsOf(drawing, geom));
    problems.push(
      `${path}.body: expected a body of the drawing with geoms (${quoted(drawing.bodies)}), found "${part.body}"`,
    );
    return [];
  });
  return { feelers, problems };
}

function isCarried(drawing: Drawing, body: number, carrier: number): boolean {
  if (body === carrier) return true;
  const parent = drawing.bodies[body]?.parent ?? -1;
  return parent >= 0 && isCarried(drawing, parent, carrier);
}

function ballsOf(drawing: Drawing, geom: DrawnGeom): Feeler[] {
  const { size, body } = geom;
  const name = geom.name !== '' ? geom.name : (drawing.bodies[body]?.name ?? `body ${body}`);
  const feeler = (local: Vec3, radius: number, meant: Feeler['meant']): Feeler => ({
    ...{ body, radius, meant, of: name },
    at: placed(geom, local),
  });
  switch (geom.shape) {
    case 'sphere':
      return [feeler([0, 0, 0], size[0], 'all')];
    case 'ellipsoid':
      return [feeler([0, 0, 0], Math.max(...size), 'all')];
    case 'capsule':
      return [
        ...[-1, 1].map((end) => feeler([0, 0, end * size[1]], size[0], 'planes')),
        ...along(size[1], size[0]).map((z) => feeler([0, 0, z.at], z.radius, 'solids')),
      ];
    case 'cylinder':
      // Inside of its box.
      return boxBalls([size[0], size[0], size[1]], feeler);
    case 'box':
      return boxBalls(size, feeler);
    case 'mesh': {
      const { half, middle } = meshBox(drawing, geom);
      return boxBalls(half, (local, radius, meant) =>
        feeler([local[0] + middle[0], local[1] + middle[1], local[2] + middle[2]], radius, meant),
      );
    }
    case 'plane':
      return [];
  }
}

/** Balls on a line from −half to half that cover everything within `radius` of it. */
function along(half: number, radius: number): { at: number; radius: number }[] {
  if (half === 0) return [{ at: 0, radius }];
  const count = Math.min(32, Math.max(2, Math.ceil((2 * half) / Math.max(radius, 1e-3)) + 1));
  const gap = (2 * half) / (count - 1);
  return Array.from({ length: count }, (_, i) => ({
    at: -half + i * gap,
    radius: Math.hypot(radius, gap / 2),
  }));
}

function boxBalls(
  half: Vec3,
  feeler: (at: Vec3, radius: number, meant: Feeler['meant']) => Feeler,
): Feeler[] {
  const corners = [-1, 1].flatMap((x) =>
    [-1, 1].flatMap((y) => [-1, 1].map((z) => feeler([x * half[0], y * half[1], z * half[2]], 0, 'planes'))),
  );
  const ball = Math.max(Math.min(...half), SMALLEST_BALL);
  const counts = half.map((side) => Math.min(MOST_BALLS, Math.max(1, Math.ceil(side / ball))));
  const cell = half.map((side, i) => side / (counts[i] ?? 1));
  const radius = Math.hypot(...cell);
  const places = (axis: number) =>
    Array.from({ length: counts[axis] ?? 1 }, (_, i) => -(half[axis] ?? 0) + (2 * i + 1) * (cell[axis] ?? 0));
  const balls = places(0).flatMap((x) =>
    places(1).flatMap((y) => places(2).map((z) => feeler([x, y, z], radius, 'solids'))),
  );
  return [...corners, ...balls];
}

/** The box of a mesh's corners, which need not lie about the middle of its geom. */
function meshBox(drawing: Drawing, { mesh, size }: DrawnGeom): { half: Vec3; middle: Vec3 } {
  const corners = drawing.meshes[mesh ?? -1]?.corners;
  if (corners === undefined) return { half: size, middle: [0, 0, 0] };
  const bytes = Uint8Array.from(Buffer.from(corners, 'base64'));
  const numbers = new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
  const low: Vec3 = [Infinity, Infinity, Infinity];
  const high: Vec3 = [-Infinity, -Infinity, -Infinity];
  numbers.forEach((value, i) => {
    const axis = (i % 3) as 0 | 1 | 2;
    low[axis] = Math.min(low[axis], value);
    high[axis] = Math.max(high[axis], value);
  });
  const each = (of: (axis: 0 | 1 | 2) => number): Vec3 => [of(0), of(1), of(2)];
  return {
    half: each((axis) => (high[axis] - low[axis]) / 2),
    middle: each((axis) => (high[axis] + low[axis]) / 2),
  };
}

function placed({ position, quaternion }: DrawnGeom, [x, y, z]: Vec3): Vec3 {
  const m = matrixOf(quaternion);
  const row = (r: number) =>
    (position[r] ?? 0) + (m[3 * r] ?? 0) * x + (m[3 * r + 1] ?? 0) * y + (m[3 * r + 2] ?? 0) * z;
  return [row(0), row(1), row(2)];
}

function quoted(named: readonly { name: string }[]): string {
  return named
    .filter(({ name }) => name !== '')
    .map(({ name }) => `"${name}"`)
    .join(', ');
}
