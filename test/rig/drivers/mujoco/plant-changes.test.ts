import { readFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkRig, loadRig } from '../../../../src/main/rig';
import { openPlant, type Plant } from '../../../../src/main/rig/drivers/mujoco/plant';
import { PlantChange, type Rig } from '../../../../src/shared/rig';
import { folderWith, rejection } from '../../rig-helpers';

const withChanges = async (...changes: Record<string, unknown>[]): Promise<Rig> => {
  const rig = await loadRig('cartpole-swingup');
  const { mujoco } = rig.file;
  if (!mujoco) throw new Error('the rig is simulated');
  const parsed = changes.map((change) => PlantChange.parse(change));
  return { ...rig, file: { ...rig.file, mujoco: { ...mujoco, changes: parsed } } };
};

const plantWith = async (...changes: Record<string, unknown>[]): Promise<Plant> => {
  const plant = await openPlant(await withChanges(...changes), 0);
  onTestFinished(() => plant.dispose());
  return plant;
};

/** Cart velocity after every step of an episode from rest with one action. */
const speeds = (plant: Plant, steps: number, drive = 1): number[] => {
  plant.reset(1);
  plant.setState([0, 0], [0, 0]);
  return Array.from({ length: steps }, () => plant.step([drive])[2]);
};

describe('a plant that changes while it runs', () => {
  it('moves as before until the step, and with the weaker actuator from there on', async () => {
    const sound = speeds(await plantWith(), 10);
    const worn = speeds(await plantWith({ atStep: 4, actuator: 'drive', gain: 0.6 }), 10);
    expect(worn.slice(0, 4)).toEqual(sound.slice(0, 4));
    expect(worn[4]).toBeLessThan(sound[4]!);
    // 60 % of the gain is 60 % of the command.
    const plant = await plantWith();
    plant.reset(1);
    plant.setState([0, 0], [0, 0]);
    const commanded = Array.from({ length: 10 }, (_, i) => plant.step([i < 4 ? 1 : 0.6])[2]);
    worn.forEach((speed, i) => {
      expect(speed).toBeCloseTo(commanded[i]!, 12);
    });
  });

  it('stays changed after a reset, unless the change says that a reset undoes it', async () => {
    const sound = speeds(await plantWith(), 5);
    const lasting = await plantWith({ atStep: 2, actuator: 'drive', gain: 0.6 });
    speeds(lasting, 5);
    expect(speeds(lasting, 5)[0]).toBeLessThan(sound[0]!);
    const passing = await plantWith({ atStep: 2, actuator: 'drive', gain: 0.6, until: 'reset' });
    const first = speeds(passing, 5);
    expect(first[2]).toBeLessThan(sound[2]!);
    expect(speeds(passing, 5)).toEqual(first);
  });

  it('waits for its episode, counted in resets since it was opened', async () => {
    const sound = speeds(await plantWith(), 5);
    const plant = await plantWith({ atStep: 0, fromEpisode: 2, actuator: 'drive', gain: 0.5 });
    expect(speeds(plant, 5)).toEqual(sound);
    expect(speeds(plant, 5)[0]).toBeLessThan(sound[0]!);
  });

  it('takes damping and mass by their factors, and several changes at once', async () => {
    const sound = speeds(await plantWith(), 20, 0.3).at(-1)!;
    const stiff = speeds(await plantWith({ atStep: 0, joint: 'cart', damping: 20 }), 20, 0.3).at(-1)!;
    const heavy = speeds(await plantWith({ atStep: 0, body: 'cart', mass: 2 }), 20, 0.3).at(-1)!;
    const both = speeds(
      await plantWith({ atStep: 0, joint: 'cart', damping: 20 }, { atStep: 0, body: 'cart', mass: 2 }),
      20,
      0.3,
    ).at(-1)!;
    expect(stiff).toBeLessThan(sound);
    expect(heavy).toBeLessThan(sound);
    expect(both).toBeLessThan(Math.min(stiff, heavy));
  });

  it('is refused by the check when it names what the model does not have', async () => {
    const rig = await withChanges(
      { atStep: 0, actuator: 'motor', gain: 0.6 },
      { atStep: 0, joint: 'wheel', damping: 2 },
      { atStep: 0, body: 'arm', mass: 2 },
    );
    const model = { model: 'cartpole.xml' };
    const folder = await folderWith({
      'rig.json': { ...rig.file, mujoco: { ...rig.file.mujoco, ...model }, scene: { joints: {}, ...model } },
      'cartpole.xml': await readFile(rig.file.scene.model, 'utf8'),
    });
    const { message } = await rejection(checkRig(folder));
    expect(message).toContain(
      'mujoco.changes[0].actuator: expected the name of one of the model\'s actuators ("drive")',
    );
    expect(message).toContain('mujoco.changes[1].joint');
    expect(message).toContain('mujoco.changes[2].body');
  });
});
