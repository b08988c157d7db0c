import { expect, it } from 'vitest';
import type { Transition } from '../../src/main/policy/replay';
import { RigWorld } from '../../src/main/policy/world/rig';

const step = (reward: number): Transition => ({
  ...{ state: Float32Array.of(0), action: Float32Array.of(0), reward, next: Float32Array.of(1) },
  ...{ terminated: false, last: false },
});
const rewards = ({ transitions }: { transitions: Transition[] }) => transitions.map(({ reward }) => reward);

it('a rig is waited for until something happens, and gives what happened meanwhile in its order', async () => {
  const world = new RigWorld(20, { send: () => undefined, took: () => undefined });
  const first = world.experience(10);
  world.put([step(1)], []);
  expect(rewards(await first)).toEqual([1]);
  world.put([step(2), step(3)], [{ return: 6, steps: 3, terminated: true }]);
  world.put([step(4)], []);
  const some = await world.experience(2);
  expect(rewards(some)).toEqual([2, 3]);
  expect(some.ended).toEqual([{ return: 6, steps: 3, terminated: true }]);
  expect(rewards(await world.experience(2))).toEqual([4]);
});

it('one that has stopped says once that there is no more, and does not answer who asks on', async () => {
  const world = new RigWorld(20, { send: () => undefined, took: () => undefined });
  const waiting = world.experience(10);
  world.end();
  expect(await waiting).toEqual({ transitions: [], ended: [] });
  await expect(world.experience(10)).rejects.toMatchObject({ code: 'bad-data' });
});

it('one that has ended gives no more of what came before, and says how much that was', async () => {
  const world = new RigWorld(20, { send: () => undefined, took: () => undefined });
  world.put([step(1), step(2), step(3)], []);
  await world.experience(1);
  expect([world.ended, world.leftOver]).toEqual([false, 0]);
  world.end();
  expect([world.ended, world.leftOver]).toEqual([true, 2]);
  expect(await world.experience(10)).toEqual({ transitions: [], ended: [] });
});

it('of several ways to behave within a control period the rig is sent the first and the newest', async () => {
  const sent: number[] = [];
  let newest: () => void = () => {};
  const last = new Promise<void>((resolve) => {
    newest = resolve;
  });
  const world = new RigWorld(20, {
    send: (_behaviour, number) => {
      sent.push(number);
      if (number === 50) newest();
    },
    took: () => undefined,
  });
  for (let i = 1; i <= 50; i++) expect(await world.behave({ kind: 'random' })).toBe(i);
  await last;
  expect(sent[0]).toBe(1);
  expect(sent.at(-1)).toBe(50);
  expect([...sent].sort((a, b) => a - b)).toEqual(sent);
  expect(sent.length).toBeLessThan(50);
});

it('a teacher cannot drive it', async () => {
  const world = new RigWorld(20, { send: () => undefined, took: () => undefined });
  const actor = {
    shape: { kind: 'gaussian', hiddenLayers: 1, hiddenUnits: 4, activation: 'relu' },
    arrays: new Map(),
  } as const;
  const teacher = { advise: async () => Float32Array.of(0) };
  await expect(world.behave({ kind: 'taught', teacher, share: 1, actor })).rejects.toMatchObject({
    code: 'wrong-use',
  });
});
