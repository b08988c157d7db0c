import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ballStl } from '../../scripts/mesh-arm.mjs';
import { checkRig, loadRig, readScene } from '../../src/main/rig/index';
import { folderWith, rejection, smallRig, temporaryFolder, writeFiles } from './rig-helpers';

const BODY = (name = '') =>
  `<worldbody><body${name}><joint name="j" axis="0 1 0"/><geom type="mesh" mesh="ball" mass="1"/></body></worldbody>`;
const MOTOR = '<actuator><motor name="m" joint="j"/></actuator>';
const asset = (file: string) => `<asset><mesh name="ball" file="${file}"/></asset>`;
const ROBOT = `<mujoco>${asset('ball.stl')}${BODY()}${MOTOR}</mujoco>`;
const mesh = ballStl(6);

describe('the files that a model names are found where MuJoCo looks for them', () => {
  it.each<[string, Record<string, string>]>([
    [
      'in its mesh folder',
      { 'm.xml': `<mujoco><compiler meshdir="assets"/>${asset('ball.stl')}${BODY()}${MOTOR}</mujoco>` },
    ],
    [
      'named in single quotes',
      {
        'm.xml': `<mujoco><compiler meshdir='assets'/><asset><mesh name='ball' file='ball.stl'/></asset>${BODY()}${MOTOR}</mujoco>`,
      },
    ],
    [
      'by a file that it includes',
      {
        'm.xml': '<mujoco><compiler meshdir="assets"/><include file="robot.xml"/></mujoco>',
        'robot.xml': ROBOT,
      },
    ],
    [
      'by a file that it includes before it says where',
      {
        'm.xml': '<mujoco><include file="robot.xml"/><compiler meshdir="assets"/></mujoco>',
        'robot.xml': ROBOT,
      },
    ],
    [
      'in a folder for all assets',
      {
        'm.xml': `<mujoco><compiler assetdir="assets"/><include file="defs.xml"/>${BODY()}${MOTOR}</mujoco>`,
        'defs.xml': `<mujocoinclude>${asset('ball.stl')}</mujocoinclude>`,
      },
    ],
    [
      'by a model that it attaches',
      {
        'm.xml': `<mujoco><asset><model name="r" file="robot.xml"/></asset><worldbody><frame><attach model="r" body="b" prefix=""/></frame></worldbody>${MOTOR}</mujoco>`,
        'robot.xml': `<mujoco><compiler meshdir="assets"/>${asset('ball.stl')}${BODY(' name="b"')}</mujoco>`,
      },
    ],
    [
      'without the path that they had elsewhere',
      {
        'm.xml': `<mujoco><compiler meshdir="assets" strippath="true"/>${asset('/home/someone/cad/ball.stl')}${BODY()}${MOTOR}</mujoco>`,
      },
    ],
  ])('%s, and are drawn', async (_, files) => {
    const folder = await folderWith({ 'rig.json': smallRig(), 'assets/ball.stl': mesh, ...files });
    const { drawing } = await readScene(await checkRig(folder));
    expect(drawing.problems).toEqual([]);
    expect(drawing.geoms.map(({ shape }) => shape)).toEqual(['mesh']);
    expect(drawing.meshes).toHaveLength(1);
  });

  it('by their absolute path, when that is in the folder of the rig', async () => {
    const folder = await folderWith({ 'rig.json': smallRig(), 'assets/ball.stl': mesh });
    const model = `<mujoco>${asset(join(folder, 'assets', 'ball.stl'))}${BODY()}${MOTOR}</mujoco>`;
    await writeFile(join(folder, 'm.xml'), model);
    await checkRig(folder);
  });

  it('in a rig beside it, and in no other folder beside it', async () => {
    const shelf = await folderWith({
      'first/rig.json': smallRig(),
      'first/m.xml': `<mujoco>${asset('ball.stl')}${BODY()}${MOTOR}</mujoco>`,
      'first/ball.stl': mesh,
      'second/rig.json': smallRig({
        mujoco: { model: '../first/m.xml' },
        scene: { model: '../first/m.xml', joints: {} },
      }),
      'third/rig.json': smallRig(),
      'third/m.xml': `<mujoco>${asset('../no-rig/ball.stl')}${BODY()}${MOTOR}</mujoco>`,
      'no-rig/ball.stl': mesh,
    });
    await checkRig(join(shelf, 'second'));
    const error = await rejection(checkRig(join(shelf, 'third')));
    expect(error.code).toBe('bad-file');
    expect(error.message).toContain('no-rig');
  });
});

describe('what lies outside of the folder of a rig is not read', () => {
  const secret = '<mujoco model="secret"><worldbody><geom size="1"/></worldbody></mujoco>';

  it.each(['mujoco', 'scene'])('when %s.model leads out of it', async (field) => {
    const outside = await folderWith({ 'secret.xml': secret });
    for (const model of [join(outside, 'secret.xml'), '../../../../../../etc/hostname', '/etc/hostname']) {
      const rig = smallRig({ [field]: { model, ...(field === 'scene' && { joints: {} }) } });
      const folder = await folderWith({ 'rig.json': rig, 'm.xml': secret });
      const error = await rejection(loadRig(folder));
      expect(error.code).toBe('bad-file');
      expect(error.message).toContain(`${field}.model: expected a file in the folder of the rig`);
    }
  });

  it.skipIf(process.platform === 'win32')('when a link in it leads out of it', async () => {
    const outside = await folderWith({ 'secret.xml': secret, 'ball.stl': mesh });
    const folder = await folderWith({ 'rig.json': smallRig() });
    await symlink(join(outside, 'secret.xml'), join(folder, 'm.xml'));
    expect((await rejection(loadRig(folder))).message).toContain('mujoco.model');

    const other = await folderWith({
      'rig.json': smallRig(),
      'm.xml': `<mujoco><compiler meshdir="assets"/>${asset('ball.stl')}${BODY()}${MOTOR}</mujoco>`,
    });
    await symlink(outside, join(other, 'assets'));
    const error = await rejection(checkRig(other));
    expect(error.message).toBe(
      `${join(other, 'assets')} leads out of the folder of the rig (${other}), and is not read.`,
    );
  });

  it.skipIf(process.platform === 'win32')('while a link within it is followed', async () => {
    const folder = await folderWith({
      'rig.json': smallRig(),
      'models/robot.xml': ROBOT,
      'models/ball.stl': mesh,
    });
    await symlink(join('models', 'robot.xml'), join(folder, 'm.xml'));
    await symlink(join('models', 'ball.stl'), join(folder, 'ball.stl'));
    await checkRig(folder);
    const shelf = await temporaryFolder();
    await symlink(folder, join(shelf, 'small'));
    await checkRig(join(shelf, 'small'));
  });

  it('when a file of the model is named from there', async () => {
    const outside = await folderWith({ 'ball.stl': mesh });
    for (const file of [join(outside, 'ball.stl'), '../ball.stl']) {
      const model = `<mujoco>${asset(file)}${BODY()}${MOTOR}</mujoco>`;
      const folder = await folderWith({ 'rig.json': smallRig(), 'm.xml': model });
      expect((await rejection(checkRig(folder))).message).toMatch(/out of the folder of the rig|ball\.stl/);
    }
  });
});

describe('what is no file is not read', () => {
  it.skipIf(process.platform === 'win32').each(['m.xml', 'ball.stl'])('a pipe called %s', async (name) => {
    const folder = await folderWith({ 'rig.json': smallRig(), 'm.xml': ROBOT, 'ball.stl': mesh });
    const place = join(folder, 'with-pipe');
    await mkdir(place);
    await writeFiles(place, {
      'rig.json': smallRig(),
      ...(name === 'm.xml' ? { 'ball.stl': mesh } : { 'm.xml': ROBOT }),
    });
    execFileSync('mkfifo', [join(place, name)]);
    const error = await rejection(checkRig(place));
    expect(error.code).toBe('bad-file');
    expect(error.message).toContain('is a pipe');
  });

  it.skipIf(process.platform === 'win32')('a rig.json that is a device', async () => {
    const folder = await temporaryFolder();
    await symlink('/dev/zero', join(folder, 'rig.json'));
    expect((await rejection(loadRig(folder))).code).toBe('not-found');
  });
});

describe('names without a name', () => {
  const nameless = `<mujoco><worldbody><body><joint axis="0 1 0"/><geom size="0.1" mass="1"/></body>
    <body pos="1 0 0"><joint name="j" axis="0 1 0"/><geom size="0.1" mass="1"/></body></worldbody>
    <actuator><motor joint="j" gear="2"/></actuator><sensor><clock/></sensor></mujoco>`;
  const rigWith = (changes: Record<string, unknown>) =>
    folderWith({ 'rig.json': smallRig(changes), 'm.xml': nameless });
  const action = (actuator: unknown) => ({
    actions: [{ name: 'u', unit: 'N m', limits: [-1, 1], actuator }],
  });

  it.each([[{ joint: 'j' }], [{ joint: '#1' }], ['#0']])('the actuator %o is found', async (actuator) => {
    await checkRig(await rigWith(action(actuator)));
  });

  it('joints and sensors are found by their place, in channels, starts and drawings', async () => {
    const rig = await checkRig(
      await rigWith({
        ...action('#0'),
        observations: [
          { name: 'q', unit: 'rad', source: { joint: '#0', quantity: 'position' } },
          { name: 'time', unit: 's', source: { sensor: '#0' } },
        ],
        mujoco: { model: 'm.xml', start: { '#0': { position: { uniform: [0.1, 0.2] } } } },
        scene: { model: 'm.xml', joints: { '#0': 'q', '#1': 'q' } },
      }),
    );
    const { drawing, joints } = await readScene(rig);
    expect(drawing.joints.map(({ name }) => name)).toEqual(['#0', 'j']);
    expect(joints).toEqual({ '#0': 'q', j: 'q' });
  });

  it.each([
    [{ joint: '#0' }, 'joint "#0" is driven by none'],
    ['#1', 'the name of one of the model\'s actuators ("#0"), found "#1"'],
    ['m', 'the name of one of the model\'s actuators ("#0"), found "m"'],
  ])('the actuator %o is refused with what there is', async (actuator, words) => {
    const error = await rejection(checkRig(await rigWith(action(actuator))));
    expect(error.message).toContain(words);
  });
});

describe('limits that rig.json and the model state both', () => {
  const slider = (actuator: string, option = '') =>
    `<mujoco><option gravity="0 0 0">${option}</option><worldbody><body><joint name="j" type="slide"/>
     <geom size="0.1" mass="1"/></body></worldbody><actuator>${actuator}</actuator></mujoco>`;
  const rigWith = (model: string, change: Record<string, unknown>) =>
    folderWith({
      'rig.json': smallRig({
        actions: [{ name: 'u', unit: 'N', limits: [-5, 5], actuator: 'm', ...change }],
      }),
      'm.xml': model,
    });
  const range = 'name="m" joint="j" ctrlrange="-1 1"';

  it.each<[string, string, Record<string, unknown>]>([
    ['a motor', slider(`<motor ${range}/>`), {}],
    ['a motor whose force is limited further', slider(`<motor ${range} forcerange="-0.5 0.5"/>`), {}],
    ['a motor whose scale leads out', slider(`<motor ${range}/>`), { limits: [-0.5, 0.5], scale: -4 }],
    ['an actuator with a state', slider(`<general ${range} dyntype="integrator" biastype="affine"/>`), {}],
  ])('are refused when %s would clip what is recorded', async (_, model, change) => {
    const error = await rejection(checkRig(await rigWith(model, change)));
    expect(error.message).toContain('actions[0].limits: expected limits');
    expect(error.message).toContain('within the ctrlrange -1 to 1 of the model\'s actuator "m"');
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['the limits are the range', slider(`<motor ${range}/>`), { limits: [-1, 1] }],
    ['the scale leads back in', slider(`<motor ${range}/>`), { scale: 0.2 }],
    ['the range is not in force', slider(`<motor ${range} ctrllimited="false"/>`), {}],
    ['MuJoCo clips nothing', slider(`<motor ${range}/>`, '<flag clampctrl="disable"/>'), {}],
    ['there is no range', slider('<motor name="m" joint="j"/>'), {}],
  ])('are taken when %s', async (_, model, change) => {
    await checkRig(await rigWith(model, change));
  });

  it('are refused when two actions drive one actuator', async () => {
    const actions = ['u', 'v'].map((name) => ({ name, unit: 'N', limits: [-1, 1], actuator: 'm' }));
    const folder = await folderWith({
      'rig.json': smallRig({ actions }),
      'm.xml': slider('<motor name="m" joint="j"/>'),
    });
    expect((await rejection(checkRig(folder))).message).toContain(
      'actions[1].actuator: expected an actuator that no other action drives; "u" drives it',
    );
  });

  it('are refused when an action cannot hold within its own', async () => {
    const folder = await rigWith(slider('<motor name="m" joint="j"/>'), { limits: [1, 2] });
    expect((await rejection(loadRig(folder))).message).toContain(
      'actions[0].hold: expected a number within the limits 1 to 2, found 0',
    );
  });
});

it('a rig that is simulated by itself is refused, and not followed for ever', async () => {
  const serial = { firmware: 'none', simulation: '.' };
  const folder = await folderWith({
    'rig.json': smallRig({ driver: 'serial', serial }),
    'm.xml': ROBOT,
    'ball.stl': mesh,
  });
  expect((await rejection(checkRig(folder))).message).toContain(
    'serial.simulation: expected a rig with driver "mujoco"',
  );
  const both = await folderWith({ 'rig.json': smallRig({ serial }), 'm.xml': ROBOT, 'ball.stl': mesh });
  await checkRig(both);
});
