import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SimulatedCameras } from '../../src/main/camera/simulated/cameras';
import { loadRig } from '../../src/main/rig/index';
import { folderWith, smallRig } from '../rig/rig-helpers';
import { Oracle } from './oracle';

const SIZE = 24;
const TURNING = '<joint name="j" type="hinge" axis="0 0 1"/>';

/**
 * A rig with a body that turns about z, seen from the front over a floor.
 * @param geoms what the body is made of
 * @param fixed what else there is in the world
 */
async function compared(
  geoms: string,
  { assets = '', fixed = '', camera = 'pos="0 -3 0.5" xyaxes="1 0 0 0 0.1 1"' } = {},
) {
  const inertial = '<inertial pos="0 0 0" mass="1" diaginertia="1 1 1"/>';
  const model = `<mujoco>
    <asset>${assets}</asset>
    <worldbody>
      <light pos="1 -3 3"/>
      <camera name="eye" ${camera}/>
      <geom type="plane" size="0 0 1" pos="0 0 -1"/>
      <body>${TURNING}${inertial}${geoms}</body>
      ${fixed}
    </worldbody>
    <actuator><motor name="m" joint="j" ctrlrange="-1 1"/></actuator>
  </mujoco>`;
  const cameras = [
    { name: 'eye', width: SIZE, height: SIZE, rate: 50, source: { kind: 'simulated', camera: 'eye' } },
  ];
  const rig = await loadRig(await folderWith({ 'rig.json': smallRig({ cameras }), 'm.xml': model }));
  const own = await SimulatedCameras.open(rig);
  const oracle = await Oracle.open(rig);
  onTestFinished(() => {
    own.dispose();
    oracle.dispose();
  });
  /** Fails where a ray meets something else than MuJoCo's does, or elsewhere. Returns how many meet more than the floor. */
  return (pose: number[]): number => {
    const { depth, geoms: met } = own.picture(0, pose, 0).rays;
    const wanted = oracle.rays(pose);
    let different = 0;
    for (let at = 0; at < depth.length; at++) {
      const near = Math.abs(depth[at]! - wanted.depth[at]!) <= 1e-6 * (1 + wanted.depth[at]!);
      // Along an edge the last bit decides whether a ray meets.
      if (!(near || depth[at] === wanted.depth[at]) || met[at] !== wanted.geoms[at]) different++;
    }
    expect(different).toBeLessThanOrEqual(2);
    return wanted.geoms.filter((geom) => geom > 0).length;
  };
}

const free = (type: string, size: string) => `<body><freejoint/><geom type="${type}" size="${size}"/></body>`;
const SHAPES = [
  free('sphere', '0.4'),
  free('capsule', '0.15 0.7'),
  free('cylinder', '0.3 0.25'),
  free('cylinder', '0.05 0.9'),
  free('box', '0.3 0.5 0.1'),
  free('ellipsoid', '0.2 0.6 0.35'),
];
const part = (min: number, max: number) => fc.double({ min, max, noNaN: true });
/** Place and quaternion of a free body. */
const standing = fc.tuple(
  ...([part(-1.5, 1.5), part(-2.8, 2), part(-1, 1.5)] as const),
  ...([part(-1, 1), part(-1, 1), part(-1, 1), part(0.01, 1)] as const),
);

describe('rays of a simulated camera', () => {
  it('meet what MuJoCo’s own rays meet, as deep, however shapes stand', async () => {
    const compare = await compared('', { fixed: SHAPES.join('') });
    fc.assert(
      fc.property(fc.tuple(...SHAPES.map(() => standing)), (poses) => {
        compare([0, ...poses.flat()]);
      }),
      { numRuns: 40 },
    );
  });

  it('meet the front of a plane with ends, and see nothing of one from behind', async () => {
    const wall = (side: number) =>
      compared('', {
        fixed: `<geom type="plane" size="0.6 0.4 1" pos="0.3 0 0.5" euler="${side} 10 0"/>`,
      });
    expect((await wall(80))([0])).toBeGreaterThan(20);
    expect((await wall(-80))([0])).toBe(0);
  });

  it('see a shape from inside, and one that goes past the camera', async () => {
    const around = '<geom type="box" size="4 4 4"/><geom type="capsule" size="0.4 3" euler="90 0 0"/>';
    expect((await compared(around))([0.3])).toBeGreaterThan(SIZE * (SIZE / 2));
  });

  it('meet the triangles of a mesh', async () => {
    const assets = '<mesh name="lump" vertex="0 0 0  1 0 0  0 1 0  0 0 1  0.9 0.9 0.4"/>';
    const compare = await compared('<geom type="mesh" mesh="lump"/>', { assets });
    for (const angle of [0, 1, 2, 3, 4, 5]) expect(compare([angle])).toBeGreaterThan(20);
  });

  it('meet the hills, the walls and the bottom of a height field', async () => {
    const assets =
      '<hfield name="hills" nrow="3" ncol="4" size="1.2 1 0.7 0.3" elevation="0 1 0.2 0  0.5 0.1 0.9 0.3  0 0.4 0.2 1"/>';
    const field = '<geom type="hfield" hfield="hills"/>';
    expect((await compared(field, { assets }))([0.3])).toBeGreaterThan(20);
    const camera = 'pos="0 -2.5 -0.9" xyaxes="1 0 0 0 -0.2 1"';
    expect((await compared(field, { assets, camera }))([0.3])).toBeGreaterThan(20);
  });
});
