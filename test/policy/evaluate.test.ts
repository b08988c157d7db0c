import { beforeAll, describe, expect, it } from 'vitest';
import { evaluatePolicy } from '../../src/main/policy/evaluate';
import { plainNormaliser } from '../../src/main/policy/normaliser';
import { initialActor } from '../../src/main/policy/representation/actor';
import { policySpace } from '../../src/main/policy/representation/space';
import type { Actor } from '../../src/main/policy/representation/types';
import { loadRig } from '../../src/main/rig';
import { type Engine, openEngine } from '../../src/main/tensor';
import { Random } from '../../src/shared/random';
import type { Rig } from '../../src/shared/rig';
import { meanInterval } from '../../src/shared/student';

let rig: Rig;
let engine: Engine;
let actor: Actor;
beforeAll(async () => {
  rig = await loadRig('cartpole-balance');
  engine = await openEngine();
  const space = policySpace(rig.file);
  const shape = { kind: 'deterministic', hiddenLayers: 1, hiddenUnits: 8, activation: 'tanh' } as const;
  actor = {
    shape,
    arrays: new Map([...initialActor(space, shape, new Random(3)), ...plainNormaliser(space)]),
  };
});
const evaluate = (some: Partial<Parameters<typeof evaluatePolicy>[0]> = {}) =>
  evaluatePolicy({ rig, task: rig.file.task, history: 1, actor, episodes: 5, seed: 4, engine, ...some });

describe('the evaluation of a policy', () => {
  it('gives every return, their mean and the interval that it lies in', async () => {
    const { returns, steps, mean, interval, where, seed } = await evaluate();
    expect({ where, seed }).toEqual({ where: 'simulation', seed: 4 });
    // A step that stays up pays 1, and the one that falls pays nothing.
    expect(returns).toHaveLength(5);
    returns.forEach((value, i) => {
      expect([steps[i], (steps[i] ?? 0) - 1]).toContain(value);
    });
    expect(mean).toBeCloseTo(returns.reduce((a, b) => a + b) / 5, 9);
    expect(interval).toEqual(meanInterval(returns));
    expect(interval?.[0]).toBeLessThan(mean);
  });

  it('starts from the same states for the same seed, however many episodes follow, and from others for another', async () => {
    const { returns } = await evaluate();
    expect((await evaluate({ episodes: 3 })).returns).toEqual(returns.slice(0, 3));
    expect((await evaluate({ seed: 5 })).returns).not.toEqual(returns);
  });

  it('gives the share of episodes that end with the task done, where the task says what that is', async () => {
    expect(await evaluate()).not.toHaveProperty('success');
    const { steps, success } = await evaluate({
      task: { ...rig.file.task, success: 'cart_position > 0', termination: '', maxSteps: 20 },
    });
    expect(steps).toEqual([20, 20, 20, 20, 20]);
    expect([0, 0.2, 0.4, 0.6, 0.8, 1]).toContain(success);
    const always = { ...rig.file.task, success: 'true' };
    expect((await evaluate({ task: always, episodes: 2 })).success).toBe(1);
  });

  it('ends when it is cancelled, and says so', async () => {
    const cancelling = new AbortController();
    const seen: number[] = [];
    const onEpisode = (_ended: unknown, done: number) => {
      seen.push(done);
      if (done === 2) cancelling.abort();
    };
    const cancelled = evaluate({ signal: cancelling.signal, onEpisode });
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    expect(seen).toEqual([1, 2]);
  });

  it('wants an episode at least', async () => {
    await expect(evaluate({ episodes: 0 })).rejects.toMatchObject({ code: 'wrong-use' });
  });
});
