import type { Vec3 } from '../../../shared/drawing';
import type { WorkspaceLimits, Zone } from '../../../shared/safety/workspace-limits';

/** Something that the robot must stay on one side of. */
export type Border = { name: string } & (
  | { kind: 'plane'; normal: Vec3; offset: number }
  | { kind: 'out-of-box'; from: Vec3; to: Vec3 }
  | { kind: 'out-of-sphere'; center: Vec3; radius: number }
  | { kind: 'in-sphere'; center: Vec3; radius: number }
);

const AXES: readonly { name: string; normal: Vec3 }[] = [
  { name: 'x', normal: [1, 0, 0] },
  { name: 'y', normal: [0, 1, 0] },
  { name: 'z', normal: [0, 0, 1] },
];

/** Every border of a rig file's workspace, as sentences name them: "the floor". */
export function bordersOf({ floor, inside, outside }: WorkspaceLimits): Border[] {
  return [
    ...(floor === undefined
      ? []
      : [{ name: 'the floor', kind: 'plane' as const, normal: [0, 0, 1] as Vec3, offset: floor }]),
    ...inside.flatMap(insideBorders),
    ...outside.map(outsideBorder),
  ];
}

function insideBorders(zone: WorkspaceLimits['inside'][number]): Border[] {
  const name = `the end of "${zone.name}"`;
  if ('sphere' in zone) return [{ name, kind: 'in-sphere', ...zone.sphere }];
  const { from, to } = zone.box;
  return AXES.flatMap(({ name: axis, normal }, i): Border[] => [
    { name: `${name} (${axis})`, kind: 'plane', normal, offset: from[i] ?? 0 },
    {
      name: `${name} (${axis})`,
      kind: 'plane',
      normal: [-normal[0], -normal[1], -normal[2]],
      offset: -(to[i] ?? 0),
    },
  ]);
}

function outsideBorder(zone: Zone): Border {
  const name = `"${zone.name}"`;
  if ('sphere' in zone) return { name, kind: 'out-of-sphere', ...zone.sphere };
  if ('box' in zone) return { name, kind: 'out-of-box', ...zone.box };
  const { at, normal } = zone.behind;
  const length = Math.hypot(...normal);
  const unit: Vec3 = [normal[0] / length, normal[1] / length, normal[2] / length];
  return { name, kind: 'plane', normal: unit, offset: unit[0] * at[0] + unit[1] * at[1] + unit[2] * at[2] };
}

/** How far a ball at x, y, z is from what it must not touch, m; negative: how deep it is in it. */
export function clearance(border: Border, x: number, y: number, z: number, radius: number): number {
  switch (border.kind) {
    case 'plane':
      return border.normal[0] * x + border.normal[1] * y + border.normal[2] * z - border.offset - radius;
    case 'in-sphere':
      return (
        border.radius - radius - Math.hypot(x - border.center[0], y - border.center[1], z - border.center[2])
      );
    case 'out-of-sphere':
      return (
        Math.hypot(x - border.center[0], y - border.center[1], z - border.center[2]) - border.radius - radius
      );
    case 'out-of-box':
      return boxDistance(border, x, y, z) - radius;
  }
}

/** To the surface, negative inside. */
function boxDistance({ from, to }: { from: Vec3; to: Vec3 }, x: number, y: number, z: number): number {
  const dx = Math.max(from[0] - x, x - to[0]);
  const dy = Math.max(from[1] - y, y - to[1]);
  const dz = Math.max(from[2] - z, z - to[2]);
  const inside = Math.min(0, Math.max(dx, dy, dz));
  return Math.hypot(Math.max(0, dx), Math.max(0, dy), Math.max(0, dz)) + inside;
}
