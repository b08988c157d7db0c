import { Matrix4, Quaternion, Vector3 } from 'three';
import { describe, expect, test } from 'vitest';
import { tracedPoint } from '../../../src/renderer/scene/kinematics';
import { surfaceOf } from '../../../src/renderer/scene/solids';
import { bindJoints, jointValues } from '../../../src/shared/joints';
import { draw } from './draw';

const world = (content: string, head = '') => `<mujoco>${head}<worldbody>${content}</worldbody></mujoco>`;

const tetrahedron = '<mesh name="hull" vertex="0 0 0 1 0 0 0 1 0 0 0 1"/>';

describe('what a drawing cannot show is said', () => {
  test.each([
    ['<body><freejoint/><geom size="1"/></body>', '', 'free bodies'],
    ['<body><joint name="hip" type="ball"/><geom type="box" size="1 1 1"/></body>', '', 'ball joints'],
    ['<body><joint name="hip" type="ball" pos="0 0 1"/><geom size="1"/></body>', '', 'ball joints'],
    [
      '<body><joint name="hip" type="ball"/><geom size="1"/><body><geom size="2"/></body></body>',
      '',
      'ball joints',
    ],
    [
      '<geom type="hfield" hfield="hill"/>',
      '<asset><hfield name="hill" nrow="2" ncol="2" size="1 1 1 1"/></asset>',
      'height fields',
    ],
  ])('%s', (content, head, words) => {
    const { problems } = draw(world(content, head));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(words);
  });

  test('a plain ball that turns about its middle looks as it is drawn, wherever slides carry it', () => {
    const slides = '<joint name="x" type="slide" axis="1 0 0"/><geom type="box" size="1 1 1"/>';
    const turning = '<joint type="ball"/><geom type="box" size="1 1 1" group="3"/><geom size="0.1"/>';
    expect(draw(world(`<body>${slides}<body>${turning}</body></body>`)).problems).toEqual([]);
  });

  test('collision shapes in hidden groups are neither drawn nor complained about', () => {
    const head = `<asset>${tetrahedron}</asset>`;
    const model = draw(world('<geom type="mesh" mesh="hull" group="3"/><geom size="0.1"/>', head));
    expect(model.geoms).toHaveLength(1);
    expect(model.meshes).toEqual([]);
    expect(model.problems).toEqual([]);
  });
});

describe('what MuJoCo resolves is drawn', () => {
  test('replicated and framed shapes are there as often as MuJoCo has them', () => {
    const { geoms, problems } = draw(
      world('<frame pos="0 0 1"><replicate count="3" offset="1 0 0"><geom size="0.1"/></replicate></frame>'),
    );
    expect(geoms.map(({ position }) => position)).toEqual([
      [0, 0, 1],
      [1, 0, 1],
      [2, 0, 1],
    ]);
    expect(problems).toEqual([]);
  });

  test('a material colours what has no colour of its own', () => {
    const head = '<asset><material name="red" rgba="1 0 0 1"/></asset>';
    const { geoms } = draw(
      world('<geom size="1" material="red"/><geom size="1" material="red" rgba="0 1 0 1"/>', head),
    );
    expect(geoms.map(({ rgba }) => rgba)).toEqual([
      [1, 0, 0, 1],
      [0, 1, 0, 1],
    ]);
  });
});

describe('a mesh', () => {
  const scaled = '<mesh name="hull" scale="2 2 2" vertex="0 0 0 1 0 0 0 1 0 0 0 1"/>';
  const model = draw(
    world(
      '<body pos="5 0 0" euler="0 0 90"><joint/><geom type="mesh" mesh="hull" pos="0 0 3" mass="1"/></body><geom type="mesh" mesh="hull"/>',
      `<asset>${scaled}</asset>`,
    ),
  );

  test('that several shapes have is there once', () => {
    expect(model.meshes).toHaveLength(1);
    expect(model.geoms.map(({ shape, mesh }) => [shape, mesh])).toEqual([
      ['mesh', 0],
      ['mesh', 0],
    ]);
  });

  test('has its corners where the file puts them, scaled, in the frame of its body', () => {
    const [geom] = model.geoms.filter(({ body }) => body === 1);
    const surface = surfaceOf(geom!, model.meshes)!;
    const place = new Matrix4().compose(
      new Vector3(...geom!.position),
      new Quaternion(...geom!.quaternion),
      new Vector3(1, 1, 1),
    );
    const at = surface.getAttribute('position');
    const corners = Array.from({ length: at.count }, (_, i) => {
      const corner = new Vector3().fromBufferAttribute(at, i).applyMatrix4(place);
      return corner.toArray().map((x) => Math.round(x * 1e5) / 1e5 + 0);
    });
    const distinct = [...new Set(corners.map((corner) => corner.join(' ')))].sort();
    expect(distinct).toEqual(['0 0 3', '0 0 5', '0 2 3', '2 0 3'].sort());
    // Four faces, all of them turned outwards.
    expect(at.count).toBe(12);
    const normals = surface.getAttribute('normal');
    const middle = new Vector3(0.5, 0.5, 3.5);
    for (let i = 0; i < at.count; i++) {
      const outwards = new Vector3().fromBufferAttribute(at, i).applyMatrix4(place).sub(middle);
      const normal = new Vector3()
        .fromBufferAttribute(normals, i)
        .applyQuaternion(new Quaternion(...geom!.quaternion));
      expect(outwards.dot(normal)).toBeGreaterThan(0);
    }
  });
});

describe('ranges', () => {
  const range = (attributes: string, head = '') =>
    draw(world(`<body><joint name="j" ${attributes}/><geom size="1"/></body>`, head)).joints[0]?.range;

  test('hinges are in degrees unless the file says radian, slides in metres', () => {
    expect(range('range="-90 180"')).toEqual([-Math.PI / 2, Math.PI]);
    expect(range('range="-1 2"', '<compiler angle="radian"/>')).toEqual([-1, 2]);
    expect(range('type="slide" range="-1 2"')).toEqual([-1, 2]);
    expect(range('')).toBeNull();
  });
});

describe('channels drive joints', () => {
  const model = draw(
    world(
      '<body><joint name="a" type="slide" ref="0.5"/><joint name="b" type="slide"/><geom size="1"/></body>',
    ),
  );

  test('by the names in the rig file, in whichever order', () => {
    const { source, problems } = bindJoints(model, { b: 'pos_b', a: 'pos_a' }, ['pos_b', 'other', 'pos_a']);
    expect(source).toEqual([2, 0]);
    expect(problems).toEqual([]);
    expect([...jointValues(model, source, [7, 8, 9], new Float64Array(2))]).toEqual([9, 7]);
  });

  test('a joint without a channel, or with no number for it, stays at its reference', () => {
    const { source } = bindJoints(model, { b: 'pos_b' }, ['pos_b']);
    expect([...jointValues(model, source, [Number.NaN], new Float64Array(2))]).toEqual([0.5, 0]);
  });

  test('names that do not fit are said, with both sides', () => {
    const { problems } = bindJoints(model, { c: 'x', a: 'y' }, ['x']);
    expect(problems).toEqual([
      'The rig maps channel "x" to joint "c", which the scene does not have.',
      'The rig maps joint "a" to channel "y", which it does not observe.',
    ]);
  });
});

describe('the traced point', () => {
  test('is the far end of the last moving body', () => {
    const model = draw(
      world(
        `<geom type="capsule" fromto="0 0 0 9 0 0" size="0.1"/>
         <body><joint type="slide"/><geom type="box" size="1 1 1"/>
           <body><joint name="pole"/><geom type="capsule" fromto="0 0 0 0 0 2" size="0.1"/></body>
         </body>`,
      ),
    );
    const point = tracedPoint(model);
    expect(point?.body).toBe(2);
    expect(point?.local[2]).toBeCloseTo(2, 12);
  });

  test('is the site called tip where there is one, and not a wheel', () => {
    const model = draw(
      world(
        '<body><joint/><geom size="1"/><site name="wheel" pos="9 9 9"/><site name="arm_tip" pos="1 2 3"/></body>',
      ),
    );
    expect(tracedPoint(model)).toEqual({ body: 1, local: [1, 2, 3] });
  });

  test('is missing where nothing moves', () => {
    expect(tracedPoint(draw(world('<geom size="1"/>')))).toBeNull();
  });
});
