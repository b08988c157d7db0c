import { ForesightError } from '../../../shared/errors';
import { Imitator } from '../imitation';
import type { Algorithm } from '../types';

/**
 * Behaviour cloning (Pomerleau 1988): the actor learns what was done in the states that were recorded, by least squares or, of
 * discrete actions, by likelihood. Rewards play no part in it, so it is what everything that learns offline is compared with.
 */
export const clone: Algorithm<'clone'> = async (lab) => {
  const { options, recorded, resumed } = lab;
  if (recorded.length === 0) {
    throw new ForesightError(
      'bad-data',
      'There is nothing recorded that could be imitated.',
      'Choose episodes in which somebody, or a planner, does it well.',
    );
  }
  const imitator = await Imitator.open(lab);
  try {
    if (resumed) imitator.restore(resumed);
    else
      imitator.show(
        recorded,
        recorded.map(({ action }) => action),
      );
    await imitator.learn(options.steps, () =>
      lab.report({
        ...{ steps: imitator.updates, updates: imitator.updates, ended: [], actor: () => imitator.actor() },
        ...{ point: () => ({}), snapshot: () => imitator.snapshot() },
      }),
    );
    lab.note(imitator.words);
    return { actor: imitator.actor(), value: null, steps: recorded.length, updates: imitator.updates };
  } finally {
    await imitator.dispose();
  }
};
