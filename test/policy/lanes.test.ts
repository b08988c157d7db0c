import { expect, it } from 'vitest';
import { algorithm } from '../../src/main/policy/algorithms';
import { LineWorld, labFor, lineSpace } from './trainings';

const given = { name: 'sac', steps: 60, randomSteps: 20, batchSize: 16, updatesPerStep: 2 } as const;
const train = async (threads: number, more: Parameters<typeof labFor>[1] = {}, options = {}) => {
  const lab = await labFor({ ...given, ...options }, { threads, world: new LineWorld(), ...more });
  const { actor } = await algorithm(lab.options)(lab);
  const { value, entropy } = lab.last().point();
  return {
    arrays: actor.arrays,
    all: lab.last().snapshot().arrays,
    metrics: [value, entropy].map((x) => x?.toFixed(4)),
  };
};

it('two threads, actor beside critics, come to the numbers that one comes to', async () => {
  expect(await train(2)).toStrictEqual(await train(1));
  const many = { critics: 4, criticsInTarget: 2, dropout: 0.1, layerNorm: true };
  expect(await train(2, {}, many)).toStrictEqual(await train(1, {}, many));
  const discrete = { space: lineSpace([-1, 1]) };
  expect(await train(2, discrete)).toStrictEqual(await train(1, discrete));
});

it('values that are no numbers end a training in two threads, and its thread with it', async () => {
  const world = new LineWorld();
  const experience = world.experience.bind(world);
  const lanes = () => (process.report.getReport() as { workers: unknown[] }).workers.length;
  const before = lanes();
  let during = 0;
  world.experience = async () => {
    during = lanes();
    const { transitions, ended } = await experience();
    return { transitions: transitions.map((one) => ({ ...one, reward: 1e30 })), ended };
  };
  await expect(train(2, { world })).rejects.toMatchObject({ name: 'ForesightError', code: 'bad-data' });
  expect(during).toBeGreaterThan(before);
  expect(lanes()).toBe(before);
});
