import { describe, expect, it } from 'vitest';
import { inspectRig } from '../../src/main/inspection/inspect';
import { folderWith, rejection, smallRig } from '../rig/rig-helpers';

const hinge = (attributes = '', more = '') =>
  `<mujoco><option timestep="0.002" gravity="0 0 0"/><worldbody><body><joint name="j" axis="0 1 0" ${attributes}/>
   <geom size="0.1" mass="1"/></body></worldbody><actuator><motor name="m" joint="j"/>${more}</actuator></mujoco>`;
/** Velocity drives itself: any motion grows without bounds within a few steps. */
const RUNAWAY = `<mujoco><option timestep="0.002" gravity="0 0 0"/><worldbody><body><joint name="j" type="slide"/>
  <geom size="0.1" mass="1"/></body></worldbody><actuator><general name="m" joint="j" gainprm="1" biastype="affine"
  biasprm="0 0 2e4"/></actuator></mujoco>`;

const rigWith = (changes: Record<string, unknown>, model = hinge()) =>
  folderWith({ 'rig.json': smallRig(changes), 'm.xml': model });
const task = (formulas: Record<string, unknown>) => ({
  task: { name: 't', reward: '-abs(q)', maxSteps: 20, ...formulas },
});

describe('the inspection of a rig refuses what using it would refuse', () => {
  it.each([
    ['a reward over a channel that it does not have', task({ reward: '-abs(p)' }), 'reward of task "t"'],
    ['a termination that is a number', task({ termination: 'q - 1' }), 'termination of task "t"'],
    ['a variable that is no formula', task({ let: { a: 'q +' } }), 'variable a of task "t"'],
  ])('%s', async (_, changes, words) => {
    const error = await rejection(inspectRig(await rigWith(changes)));
    expect(error.code).toBe('bad-formula');
    expect(error.message).toContain(words);
  });

  it.each([
    ['', RUNAWAY],
    [
      ', also where MuJoCo does not start anew by itself',
      RUNAWAY.replace('"0 0 0"/>', '"0 0 0"><flag autoreset="disable"/></option>'),
    ],
  ])('commands within its limits that no simulation follows%s', async (_, model) => {
    const error = await rejection(inspectRig(await rigWith({}, model)));
    expect(error.code).toBe('bad-file');
    expect(error.message).toContain('With random commands within the limits: The simulation');
    expect(error.message).toMatch(/became unstable: .*[^.]\.$/);
  });

  it('a start at which it would be held', async () => {
    const folder = await rigWith({
      observations: [
        { name: 'q', unit: 'rad', limits: [-1, 1], source: { joint: 'j', quantity: 'position' } },
      ],
      mujoco: { model: 'm.xml', start: { j: { position: { uniform: [2, 3] } } } },
      safety: { holdOutsideLimits: true },
    });
    expect((await rejection(inspectRig(folder))).message).toMatch(
      /The rig would be held where it starts: q is at 2\.\d+ rad, outside its limits -1 to 1/,
    );
  });
});

describe('the inspection of a rig remarks on', () => {
  const position = (changes: Record<string, unknown>) => ({
    observations: [{ name: 'q', unit: 'rad', source: { joint: 'j', quantity: 'position' }, ...changes }],
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    [
      'a unit that MuJoCo does not use',
      position({ unit: 'deg' }),
      hinge(),
      'is in deg by rig.json; MuJoCo gives the position of joint "j" in rad.',
    ],
    [
      'limits that a joint cannot reach',
      position({ limits: [-9, 9] }),
      hinge('range="-90 90"'),
      'has the limits -9 to 9; joint "j" ends at -1.57',
    ],
    [
      'limits of a joint that no command can keep',
      { safety: { joints: { j: { observed: { position: 'q' }, position: { limits: [-1, 1] } } } } },
      hinge(),
      'No action drives joint "j" of safety.joints',
    ],
    [
      'a workspace that no command can keep',
      { safety: { workspace: { parts: [{ body: 'body 1' }], floor: -1 } } },
      hinge(),
      'No action drives a joint of the drawing',
    ],
    [
      'a reward that is not a number',
      task({ reward: 'log(q)' }),
      hinge(),
      'The reward of a first step is -Infinity',
    ],
    [
      'a task that is over at once',
      task({ termination: 'abs(q) < 1' }),
      hinge(),
      'ends every episode at its first step',
    ],
    [
      'an actuator that nothing drives',
      {},
      hinge('', '<motor joint="j"/>'),
      'No action drives the model\'s actuators "#1"',
    ],
  ])('%s', async (_, changes, model, words) => {
    const { remarks } = await inspectRig(await rigWith(changes, model));
    expect(remarks).toHaveLength(1);
    expect(remarks[0]).toContain(words);
  });

  it('nothing where there is nothing, and nothing of the rigs that come with Foresight', async () => {
    expect((await inspectRig(await rigWith({}))).remarks).toEqual([]);
    for (const name of ['cartpole-balance', 'cartpole-serial', 'pendulum-noisy', 'reacher', 'half-cheetah']) {
      expect((await inspectRig(name)).remarks).toEqual([]);
    }
  });
});
