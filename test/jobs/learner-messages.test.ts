import { describe, expect, it } from 'vitest';
import { experienceSchema, learnerSchema } from '../../src/main/jobs/learner/messages';
import { policySpace } from '../../src/main/policy/representation/space';
import { loadRig } from '../../src/main/rig';
import { untrainedPolicy } from '../policy/policies';

const { file } = await loadRig('pendulum');
const space = policySpace(file, 1);
const { summary, arrays } = await untrainedPolicy('pendulum');
const behave = (changed: Map<string, { shape: number[]; values: Float32Array }>) => ({
  ...{ type: 'behave', number: 3 },
  behaviour: { kind: 'actor', actor: { shape: summary.actor, arrays: changed }, explore: true, limit: 0.5 },
});
const understood = (message: unknown) => learnerSchema(space).safeParse(message).success;

describe('what a learner says', () => {
  it('is how to behave, where an actor has the arrays of its shape', () => {
    expect(understood(behave(arrays))).toBe(true);
    expect(understood({ type: 'behave', number: 0, behaviour: { kind: 'random' } })).toBe(true);
  });

  it.each<[string, (copy: typeof arrays) => void]>([
    ['a weight that is no number', (copy) => copy.get('actor/layer0/bias')?.values.fill(Number.NaN)],
    ['an array less', (copy) => copy.delete('input/mean')],
    ['an array more', (copy) => copy.set('other', { shape: [1], values: new Float32Array(1) })],
    [
      'an array of another shape',
      (copy) => copy.set('input/mean', { shape: [1, 1, 2], values: new Float32Array(2) }),
    ],
    [
      'fewer numbers than its shape says',
      (copy) => copy.set('input/mean', { shape: [1, 1, 3], values: new Float32Array(2) }),
    ],
  ])('is not heard with %s', (_what, change) => {
    const copy = new Map(
      [...arrays].map(([name, { shape, values }]) => [name, { shape: [...shape], values: values.slice() }]),
    );
    change(copy);
    expect(understood(behave(copy))).toBe(false);
  });
});

describe('what a learner is told', () => {
  const told = (transition: Record<string, unknown> = {}) =>
    experienceSchema(space).safeParse({
      ...{ type: 'experience', ended: [] },
      transitions: [
        {
          ...{ state: Float32Array.of(0.1, 0.2), action: Float32Array.of(0.5), reward: -1 },
          ...{ next: Float32Array.of(0.2, 0.3), terminated: false, last: false },
          taken: { episode: 0, step: 4, behaviour: 2, asked: Float32Array.of(0.6), advice: null },
          ...transition,
        },
      ],
    }).success;

  it('is what happened, in the numbers of its rig', () => {
    expect(told()).toBe(true);
    expect(told({ state: Float32Array.of(0.1) })).toBe(false);
    expect(told({ next: Float32Array.of(0.1, Number.NaN) })).toBe(false);
    expect(told({ action: [0.5] })).toBe(false);
    expect(told({ reward: Number.NaN })).toBe(false);
    expect(told({ terminated: 1 })).toBe(false);
  });
});
