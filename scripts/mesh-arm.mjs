// Writes a rig with large meshes into a folder, to see how long they take: an arm of 13 joints, a mesh each.
//   node scripts/mesh-arm.mjs <folder> [rings of a mesh, 100]
//   time npm run foresight -- rig check <folder>
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const JOINTS = 13;

/** A binary STL of a ball with bumps, 5 cm in radius: 4 · rings · (rings − 1) triangles. */
export function ballStl(rings, seed = 0) {
  const corner = (i, j) => {
    const [u, v] = [(i / rings) * Math.PI, ((j % (2 * rings)) / (2 * rings)) * 2 * Math.PI];
    const radius = 0.05 + 0.006 * Math.sin(seed + 7 * u) * Math.cos(9 * v + seed);
    return [radius * Math.sin(u) * Math.cos(v), radius * Math.sin(u) * Math.sin(v), radius * Math.cos(u)];
  };
  const triangles = [];
  for (let i = 0; i < rings; i++) {
    for (let j = 0; j < 2 * rings; j++) {
      const [a, b, c, d] = [corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)];
      if (i < rings - 1) triangles.push([a, b, c]);
      if (i > 0) triangles.push([a, c, d]);
    }
  }
  const bytes = Buffer.alloc(84 + 50 * triangles.length);
  bytes.writeUInt32LE(triangles.length, 80);
  triangles.forEach((corners, i) => {
    corners.flat().forEach((x, k) => void bytes.writeFloatLE(x, 84 + 50 * i + 12 + 4 * k));
  });
  return bytes;
}

function writeArm(folder, rings) {
  const joints = Array.from({ length: JOINTS }, (_, i) => i);
  mkdirSync(join(folder, 'assets'), { recursive: true });
  for (const i of joints) writeFileSync(join(folder, 'assets', `part${i}.stl`), ballStl(rings, i));
  const bodies = joints.reduceRight(
    (inner, i) =>
      `<body pos="0 0 0.1"><joint name="j${i}" axis="${i % 2} ${1 - (i % 2)} 0" damping="1"/>` +
      `<geom type="mesh" mesh="part${i}"/>${inner}</body>`,
    '',
  );
  writeFileSync(
    join(folder, 'arm.xml'),
    `<mujoco><compiler meshdir="assets"/><asset>${joints.map((i) => `<mesh file="part${i}.stl"/>`).join('')}</asset>
<worldbody>${bodies}</worldbody><actuator>${joints.map((i) => `<motor joint="j${i}"/>`).join('')}</actuator></mujoco>\n`,
  );
  const rig = {
    ...{ schema: 'foresight.rig/1', name: 'mesh-arm', title: 'Arm of meshes', driver: 'mujoco' },
    ...{ periodSeconds: 0.02, mujoco: { model: 'arm.xml' } },
    observations: joints.map((i) => ({
      ...{ name: `q${i}`, unit: 'rad', source: { joint: `j${i}`, quantity: 'position' } },
    })),
    actions: joints.map((i) => ({ name: `u${i}`, unit: 'N m', limits: [-1, 1], actuator: `#${i}` })),
    task: { name: 'still', reward: '-square(q0)', maxSteps: 100 },
    scene: { model: 'arm.xml', joints: Object.fromEntries(joints.map((i) => [`j${i}`, `q${i}`])) },
  };
  writeFileSync(join(folder, 'rig.json'), `${JSON.stringify(rig, null, 1)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, rings = '100'] = process.argv.slice(2);
  if (folder === undefined) throw new Error('usage: node scripts/mesh-arm.mjs <folder> [rings]');
  writeArm(folder, Number(rings));
}
