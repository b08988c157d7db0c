import { expect, it } from 'vitest';
import { policySpace } from '../../../src/main/policy/representation/space';
import { simulatedWorld } from '../../../src/main/policy/world/simulated';
import { loadRig } from '../../../src/main/rig';
import { openEngine } from '../../../src/main/tensor';

const worldOf = async (name: string) => {
  const rig = await loadRig(name);
  const engine = await openEngine();
  return {
    rig,
    world: await simulatedWorld(rig, rig.file.task, { space: policySpace(rig.file), engine, seed: 1 }),
  };
};

it('a step limit ends an episode without terminating it, a fall terminates it', async () => {
  const { rig, world } = await worldOf('pendulum');
  const { transitions } = await world.experience(rig.file.task.maxSteps);
  expect(transitions.filter(({ terminated }) => terminated)).toEqual([]);
  expect(transitions.findIndex(({ last }) => last)).toBe(rig.file.task.maxSteps - 1);
  await world.close();

  const fallen = await worldOf('hopper');
  const made = await fallen.world.experience(200);
  expect(made.ended.length).toBeGreaterThan(0);
  expect(made.ended.every(({ terminated }) => terminated)).toBe(true);
  expect(made.transitions.filter(({ last }) => last).every(({ terminated }) => terminated)).toBe(true);
  await fallen.world.close();
});

it('goes on after an interruption with the episode that would have come next', async () => {
  const { rig, world } = await worldOf('pendulum');
  await world.experience(rig.file.task.maxSteps);
  const state = structuredClone(world.state?.());
  const then = await world.experience(30);
  const other = await worldOf('pendulum');
  other.world.restore?.(state);
  expect(await other.world.experience(30)).toEqual(then);
  await world.close();
  await other.world.close();
});
