import { expect, it } from 'vitest';
import { plainNormaliser } from '../../../src/main/policy/normaliser';
import { compileActing } from '../../../src/main/policy/representation/acting';
import { initialActor } from '../../../src/main/policy/representation/actor';
import { nextAction } from '../../../src/main/policy/representation/exploring';
import type { Actor } from '../../../src/main/policy/representation/types';
import { openEngine } from '../../../src/main/tensor';
import { Random } from '../../../src/shared/random';
import { lineSpace } from '../trainings';

it('exploration stays within its limit around what the policy would do', async () => {
  const space = lineSpace();
  for (const kind of ['gaussian', 'deterministic'] as const) {
    const shape = { kind, hiddenLayers: 1, hiddenUnits: 8, activation: 'tanh' as const };
    const arrays = new Map([...initialActor(space, shape, new Random(2)), ...plainNormaliser(space)]);
    const actor: Actor = { shape, arrays };
    const acting = await compileActing(await openEngine(), space, actor);
    const state = Float32Array.of(0.3);
    const random = new Random(4);
    const drawn = async (explore: boolean, limit: number) => {
      const behaviour = { kind: 'actor', actor, explore, noise: 0.5, limit } as const;
      return (await nextAction(space, behaviour, acting, state, random))[0] as number;
    };
    const greedy = await drawn(false, 2);
    let farthest = 0;
    let free = 0;
    for (let i = 0; i < 50; i++) {
      farthest = Math.max(farthest, Math.abs((await drawn(true, 0.1)) - greedy));
      free = Math.max(free, Math.abs((await drawn(true, 2)) - greedy));
    }
    expect(farthest).toBeCloseTo(0.1, 5);
    expect(free).toBeGreaterThan(0.3);
    await acting.dispose();
  }
});
