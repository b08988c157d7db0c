import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Matrix4, Quaternion, Vector3 } from 'three';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadMujoco, type Mujoco } from '../../../src/main/rig/drivers/mujoco/engine';
import { Kinematics } from '../../../src/renderer/scene/kinematics';
import { placeInParent } from '../../../src/shared/body-places';
import { draw } from './draw';

const CRANKY = `<mujoco model="cranky">
  <compiler angle="degree" eulerseq="zyx"/>
  <default>
    <geom rgba="0.2 0.4 0.6 1" size="0.04"/>
    <joint axis="0 1 0"/>
    <default class="arm">
      <geom type="capsule"/>
      <default class="wrist"><geom type="box" size="0.03 0.05 0.07"/></default>
    </default>
  </default>
  <worldbody>
    <geom name="table" type="plane" size="1 1 0.1"/>
    <body name="base" pos="0.1 0.2 0.3" euler="30 -20 110" childclass="arm">
      <joint name="turn" type="hinge" axis="0.3 0.2 1" pos="0.02 0.01 -0.03"/>
      <geom name="post" fromto="0 0 0 0.1 0.2 0.5"/>
      <body name="upper" pos="0 0 0.5" axisangle="1 1 0 25">
        <joint name="shoulder" type="hinge" pos="0 0.05 0.01" ref="15"/>
        <joint name="reach" type="slide" axis="0 0 2" ref="0.1"/>
        <geom name="bone" type="cylinder" size="0.03 0.2" pos="0 0 0.2" quat="0.5 0.5 0.5 0.5"/>
        <body name="hand" pos="0 0 0.4" zaxis="1 0 1">
          <joint name="bend" type="hinge"/>
          <geom name="palm" class="wrist" euler="10 20 30"/>
          <geom name="slab" type="box" class="wrist" fromto="0 0 0 0 0.1 0.3" size="0.02"/>
          <geom name="egg" type="ellipsoid" size="0.01 0.02 0.03" pos="0 0 0.2"/>
          <body name="finger" pos="0.05 0 0" xyaxes="0 1 0 1 0 1">
            <geom name="nail" type="sphere" size="0.01" pos="0.1 0 0"/>
          </body>
        </body>
      </body>
    </body>
  </worldbody>
</mujoco>`;

let mujoco: Mujoco;
beforeAll(async () => {
  mujoco = await loadMujoco();
});

/** MuJoCo's own poses for the same joint values. */
function reference(text: string, jointValues: Record<string, number>) {
  const model = mujoco.module.MjModel.from_xml_string(text);
  const data = new mujoco.module.MjData(model);
  try {
    const JOINT = 3;
    for (const [name, value] of Object.entries(jointValues)) {
      data.qpos[model.jnt_qposadr[mujoco.module.mj_name2id(model, JOINT, name)]] = value;
    }
    mujoco.module.mj_kinematics(model, data);
    return {
      bodies: Array.from({ length: model.nbody }, (_, b) => ({
        position: new Vector3(...data.xpos.slice(3 * b, 3 * b + 3)),
        rotation: new Quaternion(
          data.xquat[4 * b + 1],
          data.xquat[4 * b + 2],
          data.xquat[4 * b + 3],
          data.xquat[4 * b],
        ),
      })),
      geoms: Array.from({ length: model.ngeom }, (_, g) => ({
        position: new Vector3(...data.geom_xpos.slice(3 * g, 3 * g + 3)),
        matrix: [...data.geom_xmat.slice(9 * g, 9 * g + 9)] as number[],
        size: [...model.geom_size.slice(3 * g, 3 * g + 3)] as number[],
        rgba: [
          ...(model.geom_matid[g] < 0
            ? model.geom_rgba.slice(4 * g, 4 * g + 4)
            : model.mat_rgba.slice(4 * model.geom_matid[g], 4 * model.geom_matid[g] + 4)),
        ] as number[],
      })),
    };
  } finally {
    data.delete();
    model.delete();
  }
}

function expectSamePose(text: string, values: number[]): void {
  const model = draw(text);
  const kinematics = new Kinematics(model);
  kinematics.pose(values);
  const truth = reference(text, Object.fromEntries(model.joints.map((j, i) => [j.name, values[i] ?? 0])));
  expect(model.bodies).toHaveLength(truth.bodies.length);
  kinematics.bodies.forEach((world, b) => {
    const position = new Vector3().setFromMatrixPosition(world);
    const rotation = new Quaternion().setFromRotationMatrix(world);
    const expected = truth.bodies[b];
    expect(position.distanceTo(expected?.position ?? new Vector3(Number.NaN))).toBeLessThan(1e-9);
    expect(Math.abs(rotation.dot(expected?.rotation ?? new Quaternion(0, 0, 0, 0)))).toBeGreaterThan(
      1 - 1e-9,
    );
  });
  // The same by the places that an export says, each in the frame of the body that carries it.
  const one = new Vector3(1, 1, 1);
  const carried: Matrix4[] = [];
  model.bodies.forEach(({ parent }, b) => {
    const { position, quaternion } = placeInParent(model, b, values);
    const place = new Matrix4().compose(new Vector3(...position), new Quaternion(...quaternion), one);
    carried.push(new Matrix4().multiplyMatrices(carried[parent] ?? new Matrix4(), place));
    const far = (world: Matrix4 | undefined) => new Vector3(1, 2, 3).applyMatrix4(world ?? new Matrix4());
    expect(far(carried[b]).distanceTo(far(kinematics.bodies[b]))).toBeLessThan(1e-9);
  });
  // What cannot be seen is not drawn.
  const visible = truth.geoms.filter(({ rgba }) => rgba[3] !== 0);
  expect(model.geoms).toHaveLength(visible.length);
  model.geoms.forEach((geom, g) => {
    const expected = visible[g];
    const local = new Matrix4().compose(
      new Vector3(...geom.position),
      new Quaternion(...geom.quaternion),
      new Vector3(1, 1, 1),
    );
    const world = new Matrix4().multiplyMatrices(kinematics.bodies[geom.body] ?? new Matrix4(), local);
    const place = new Vector3().setFromMatrixPosition(world);
    expect(place.distanceTo(expected?.position ?? new Vector3(Number.NaN)), geom.name).toBeLessThan(1e-8);
    // Row-major in MuJoCo; the third column is the geom's own z axis.
    const z = new Vector3().setFromMatrixColumn(world, 2);
    const zTruth = new Vector3(expected?.matrix[2], expected?.matrix[5], expected?.matrix[8]);
    expect(z.distanceTo(zTruth), geom.name).toBeLessThan(1e-8);
    geom.rgba.forEach((c, i) => {
      expect(c).toBeCloseTo(expected?.rgba[i] ?? Number.NaN, 6);
    });
    const used = { sphere: 1, capsule: 2, cylinder: 2, plane: 2, box: 3, ellipsoid: 3, mesh: 3 }[geom.shape];
    for (let i = 0; i < used; i++) expect(geom.size[i]).toBeCloseTo(expected?.size[i] ?? Number.NaN, 8);
  });
}

const value = fc.double({ min: -4, max: 4, noNaN: true });

describe('the drawing stands where MuJoCo puts the model', () => {
  test('for degrees, nested defaults, every way to orient, joint anchors and references', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 4, maxLength: 4 }), (values) =>
        expectSamePose(CRANKY, values),
      ),
      { numRuns: 40 },
    );
  });

  test.each([
    ...['cartpole-balance', 'cartpole-swingup', 'pendulum'],
    ...['reacher', 'pusher', 'half-cheetah', 'inverted-pendulum', 'hopper'],
  ])('for the built-in rig %s', (rig) => {
    const folder = new URL(`../../../resources/rigs/${rig}/`, import.meta.url);
    const file = JSON.parse(readFileSync(new URL('rig.json', folder), 'utf8'));
    const text = readFileSync(new URL(file.scene.model, folder), 'utf8');
    const model = draw(text);
    expect(model.problems).toEqual([]);
    expect(model.joints.length).toBeGreaterThan(0);
    fc.assert(
      fc.property(
        fc.array(value, { minLength: model.joints.length, maxLength: model.joints.length }),
        (values) => expectSamePose(text, values),
      ),
      { numRuns: 15 },
    );
  });
});
