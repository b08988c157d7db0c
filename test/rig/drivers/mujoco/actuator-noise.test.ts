import { describe, expect, it, onTestFinished } from 'vitest';
import { loadRig } from '../../../../src/main/rig';
import { openPlant } from '../../../../src/main/rig/drivers/mujoco/plant';

/** Observations of some steps with one action, on a cart-pole whose actuator has noise of its own. */
async function motion(force: number, seed: number): Promise<number[][]> {
  const rig = await loadRig('cartpole-balance');
  const { mujoco } = rig.file;
  if (!mujoco) throw new Error('the rig is simulated');
  const noisy = { ...rig, file: { ...rig.file, mujoco: { ...mujoco, actuatorNoise: { force } } } };
  const plant = await openPlant(noisy, 0);
  onTestFinished(() => plant.dispose());
  plant.reset(seed);
  plant.setState([0, 0], [0, 0]);
  return Array.from({ length: 6 }, () => [...plant.step([0.2])]);
}

describe('actuator noise', () => {
  it('changes the motion, in the same way for the same seed and in another for another', async () => {
    const first = await motion(0.5, 1);
    expect(await motion(0.5, 1)).toEqual(first);
    expect(await motion(0.5, 2)).not.toEqual(first);
    expect(await motion(0, 1)).not.toEqual(first);
  });

  it('leaves the motion as it was where there is none', async () => {
    expect(await motion(0, 1)).toEqual(await motion(0, 2));
  });
});
