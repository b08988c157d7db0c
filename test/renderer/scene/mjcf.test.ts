import { describe, expect, test } from 'vitest';
import { bindJoints, jointValues, tracedPoint } from '../../../src/renderer/scene/kinematics';
import { parse } from './parse';

const world = (content: string, head = '') => `<mujoco>${head}<worldbody>${content}</worldbody></mujoco>`;

describe('what a drawing cannot show is said', () => {
  test('a text that is no MJCF names what it begins with', () => {
    const model = parse('<robot name="arm"/>');
    expect(model.geoms).toEqual([]);
    expect(model.problems).toEqual(['The scene file begins with <robot>, not with <mujoco>.']);
  });

  test.each([
    ['<geom type="mesh" mesh="hull"/>', 'geoms of type mesh'],
    ['<geom mesh="hull"/>', 'geoms of type mesh'],
    ['<replicate count="3"><geom size="1"/></replicate>', '<replicate>'],
    ['<body><freejoint/><geom size="1"/></body>', 'free body'],
    ['<body><joint name="hip" type="ball"/><geom size="1"/></body>', 'Joint "hip" is of type ball'],
    ['<geom class="missing" size="1"/>', 'default class "missing"'],
  ])('%s', (content, words) => {
    const { problems } = parse(world(content));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(words);
  });

  test('the same problem is named once', () => {
    expect(parse(world('<geom type="mesh"/><geom type="mesh"/>')).problems).toHaveLength(1);
  });

  test('collision shapes in hidden groups are neither drawn nor complained about', () => {
    const model = parse(world('<geom type="mesh" group="3"/><geom size="0.1"/>'));
    expect(model.geoms).toHaveLength(1);
    expect(model.problems).toEqual([]);
  });
});

describe('ranges', () => {
  const range = (attributes: string, head = '') =>
    parse(world(`<body><joint name="j" ${attributes}/><geom size="1"/></body>`, head)).joints[0]?.range;

  test('hinges are in degrees unless the file says radian, slides in metres', () => {
    expect(range('range="-90 180"')).toEqual([-Math.PI / 2, Math.PI]);
    expect(range('range="-1 2"', '<compiler angle="radian"/>')).toEqual([-1, 2]);
    expect(range('type="slide" range="-1 2"')).toEqual([-1, 2]);
  });

  test('a range counts only where limits are in force', () => {
    expect(range('range="-1 2" limited="false"')).toBeNull();
    expect(range('range="-1 2"', '<compiler autolimits="false"/>')).toBeNull();
    expect(range('type="slide" range="-1 2" limited="true"', '<compiler autolimits="false"/>')).toEqual([
      -1, 2,
    ]);
    expect(range('')).toBeNull();
  });
});

describe('channels drive joints', () => {
  const model = parse(
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
    const model = parse(
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
    const model = parse(
      world(
        '<body><joint/><geom size="1"/><site name="wheel" pos="9 9 9"/><site name="arm_tip" pos="1 2 3"/></body>',
      ),
    );
    expect(tracedPoint(model)).toEqual({ body: 1, local: [1, 2, 3] });
  });

  test('is missing where nothing moves', () => {
    expect(tracedPoint(parse(world('<geom size="1"/>')))).toBeNull();
  });
});
