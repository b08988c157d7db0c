import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compileModel } from '../../../../src/main/rig/drivers/mujoco/compile';
import { drawingOf } from '../../../../src/main/rig/drivers/mujoco/drawing';
import { loadMujoco, type Mujoco } from '../../../../src/main/rig/drivers/mujoco/engine';
import { urdfLimits } from '../../../../src/main/rig/drivers/mujoco/urdf';
import { modelRemarks } from '../../../../src/main/rig/files/remarks';
import { loadRig } from '../../../../src/main/rig/index';

const TETRAHEDRON = [
  [0, 0, 0],
  [0.1, 0, 0],
  [0, 0.1, 0],
  [0, 0, 0.1],
];
const FACES = [
  [0, 2, 1],
  [0, 1, 3],
  [0, 3, 2],
  [1, 2, 3],
];

function stl(): Buffer {
  const file = Buffer.alloc(84 + 50 * FACES.length);
  file.writeUInt32LE(FACES.length, 80);
  FACES.forEach((face, f) => {
    face.forEach((corner, c) => {
      TETRAHEDRON[corner]!.forEach((x, i) => void file.writeFloatLE(x, 84 + 50 * f + 12 + 12 * c + 4 * i));
    });
  });
  return file;
}

const obj = () =>
  [
    ...TETRAHEDRON.map((corner) => `v ${corner.join(' ')}`),
    ...FACES.map((face) => `f ${face.map((i) => i + 1).join(' ')}`),
  ].join('\n');

const urdf = (mesh: string) => `<robot name="arm">
  <link name="base"/>
  <link name="upper"><inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>
    <visual><origin xyz="0 0 0.2"/><geometry><mesh filename="${mesh}" scale="2 2 2"/></geometry></visual></link>
  <joint name="shoulder_pan" type="revolute"><parent link="base"/><child link="upper"/><origin xyz="0 0 0.5"/>
    <axis xyz="0 1 0"/><limit lower="-1" upper="1.5" effort="5" velocity="2.5"/></joint>
  <!-- <joint name="none"><limit velocity="9"/></joint> -->
  <joint name="slide" type="prismatic"><limit lower='0' upper='1' effort='0' velocity='0.25'/></joint>
</robot>`;

const shelf = mkdtempSync(join(tmpdir(), 'foresight-urdf-'));
const folder = join(shelf, 'arm');
const path = join(folder, 'arm.urdf');
let mujoco: Mujoco;
beforeAll(async () => {
  mkdirSync(join(folder, 'meshes'), { recursive: true });
  writeFileSync(join(folder, 'meshes/a.stl'), stl());
  writeFileSync(join(folder, 'meshes/a.obj'), obj());
  writeFileSync(join(folder, 'meshes/bad.stl'), 'this is no mesh');
  writeFileSync(join(folder, 'meshes/a.dae'), '<COLLADA/>');
  mujoco = await loadMujoco();
});
afterAll(() => rmSync(shelf, { recursive: true }));

const withoutSlide = (text: string) => text.replace(/<joint name="slide"[\s\S]*?<\/joint>/, '');

it.each(['package://arm/meshes/a.stl', 'meshes/a.obj'])(
  'draws a URDF with the mesh %s, where it says',
  (mesh) => {
    writeFileSync(path, withoutSlide(urdf(mesh)));
    const model = compileModel(mujoco, folder, path);
    const drawing = drawingOf(mujoco.module, model);
    model.delete();
    expect(drawing.bodies.map(({ name }) => name)).toEqual(['world', 'base', 'upper']);
    expect(drawing.joints).toMatchObject([{ name: 'shoulder_pan', range: [-1, 1.5], axis: [0, 1, 0] }]);
    expect(drawing.geoms).toMatchObject([{ shape: 'mesh', body: 2 }]);
    expect(drawing.meshes).toHaveLength(1);
  },
);

it.each([
  ['meshes/none.stl', /arm\.urdf names the file "meshes\/none\.stl", which is not there\./],
  ['meshes/bad.stl', /The mesh .*bad\.stl cannot be read: invalid header in STL file/],
  ['meshes/a.dae', /The mesh .*a\.dae is of a kind that is not read\./],
])('names the mesh %s that cannot be drawn', (mesh, sentence) => {
  writeFileSync(path, withoutSlide(urdf(mesh)));
  expect(() => compileModel(mujoco, folder, path)).toThrow(sentence);
});

it('says the velocity and effort limits of its joints, and which action may be faster', async () => {
  expect(urdfLimits(urdf('a.stl'))).toEqual([
    { joint: 'shoulder_pan', velocity: 2.5, effort: 5 },
    { joint: 'slide', velocity: 0.25, effort: null },
  ]);
  const rig = await loadRig('so101');
  writeFileSync(path, urdf('a.stl').replace('velocity="2.5"', 'velocity="0.5"'));
  rig.folder = folder;
  rig.file.scene.model = path;
  const [action] = rig.file.actions;
  expect(await modelRemarks(rig)).toEqual([
    `Action "${action!.name}" may be ${action!.limits[1]} a second fast; joint "shoulder_pan" is to be no faster than 0.5 by the URDF.`,
  ]);
});
