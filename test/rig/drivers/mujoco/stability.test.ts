import { describe, expect, it, onTestFinished } from 'vitest';
import { loadRig, openDriver } from '../../../../src/main/rig/index';
import { folderWith, noHost } from '../../rig-helpers';

const IN_LOCKSTEP = { mode: 'lockstep', seed: 1 } as const;

/** A mass on a rail. `actuator` says how it is driven, `option` what MuJoCo is told. */
async function slide(actuator: string, option = '', changes: Record<string, unknown> = {}) {
  const model = `<mujoco><option timestep="0.002" gravity="0 0 0">${option}</option><worldbody><body>
    <joint name="j" type="slide" axis="1 0 0"/><geom type="sphere" size=".1" mass="1"/>
    </body></worldbody><actuator>${actuator}</actuator></mujoco>`;
  const rig = {
    schema: 'foresight.rig/1',
    name: 'slide',
    title: 'Slide',
    driver: 'mujoco',
    mujoco: { model: 'm.xml' },
    periodSeconds: 0.02,
    observations: [
      { name: 'q', unit: 'm', source: { joint: 'j', quantity: 'position' } },
      { name: 'dq', unit: 'm/s', source: { joint: 'j', quantity: 'velocity' } },
    ],
    actions: [{ name: 'u', unit: 'N', limits: [-1, 1], actuator: 'm' }],
    task: { name: 't', reward: '-abs(q)', maxSteps: 5 },
    scene: { model: 'm.xml', joints: { j: 'q' } },
    ...changes,
  };
  const driver = await openDriver(
    await loadRig(await folderWith({ 'm.xml': model, 'rig.json': rig })),
    IN_LOCKSTEP,
    noHost,
  );
  onTestFinished(() => driver.close());
  return driver;
}

/** Negative damping: every step multiplies the velocity, by 41 here. */
const RUNAWAY = '<general name="m" joint="j" gainprm="1" biastype="affine" biasprm="0 0 2e4"/>';
const NO_RESET = '<flag autoreset="disable"/>';

describe('a simulation that becomes unstable', () => {
  it.each([
    ['where MuJoCo resets it', ''],
    ['where the model forbids the reset', NO_RESET],
  ])('gives no observation of what is no motion, %s', async (_, option) => {
    const driver = await slide(RUNAWAY, option);
    const seen: number[] = [];
    expect(() => {
      for (let i = 0; i < 50; i++) seen.push(...driver.advance!(Float64Array.of(1)).values);
    }).toThrow(/The simulation of "slide" became unstable/);
    // MuJoCo's own measure of what is still a number.
    for (const value of seen) expect(Math.abs(value)).toBeLessThanOrEqual(1e10);
  });

  it('is noticed in the very substep, the last one of a period included', async () => {
    // One physics step a period: what it leaves behind is checked by nobody's next step.
    const driver = await slide('<motor name="m" joint="j"/>', NO_RESET, {
      periodSeconds: 0.002,
      mujoco: { model: 'm.xml', start: { j: { velocity: { uniform: [9.99e9, 9.991e9] } } } },
      actions: [{ name: 'u', unit: 'N', limits: [-1e10, 1e10], actuator: 'm' }],
    });
    expect(() => driver.advance!(Float64Array.of(9e9))).toThrow(/became unstable/);
  });

  it('begins anew with the next reset', async () => {
    const driver = await slide(RUNAWAY, NO_RESET);
    expect(() => {
      for (let i = 0; i < 50; i++) driver.advance!(Float64Array.of(1));
    }).toThrow(/became unstable/);
    await driver.reset(1);
    expect([...driver.advance!(Float64Array.of(0)).values]).toEqual([0, 0]);
  });
});

describe('a model that would clip what is commanded', () => {
  it('is not opened, so that nothing is recorded that was not applied', async () => {
    const clipped = '<motor name="m" joint="j" ctrllimited="true" ctrlrange="-1 1"/>';
    const limits = { actions: [{ name: 'u', unit: 'N', limits: [-5, 5], actuator: 'm' }] };
    await expect(slide(clipped, '', limits)).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringMatching(/actions\[0\].*ctrlrange -1 to 1/),
    });
    const driver = await slide(clipped);
    expect(driver.plantLimits).toEqual([]);
  });
});
