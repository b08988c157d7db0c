import { compileUpdates } from '../../dynamics/updates/updates';
import { Experience } from '../experience';
import type { Actor } from '../representation/types';
import type { Algorithm } from '../types';
import { initialSac, type SacMetric, sacActorShape, sacFeeds, sacUpdates } from './sac-update';

/**
 * Soft actor-critic (Haarnoja et al. 2018, 1812.05905, with the temperature of its section 5):
 *
 *   repeat: act, remember the transition; for as many updates as a step is owed:
 *     y      = r + γ (1 − terminated) (min_j Q̄_j(s', a') − α log π(a' | s')),  a' ~ π(· | s')
 *     critics: Σ_j (Q_j(s, a) − y)²      actor: α log π(ã | s) − min_j Q_j(s, ã),  ã ~ π(· | s)
 *     temperature: −α (log π(ã | s) + H̄),  H̄ = −actions       targets: Q̄ ← (1 − τ) Q̄ + τ Q
 *
 * For many updates a step: the least of a few critics of many, drawn anew for every update, and an actor that climbs the mean
 * of all (REDQ, Chen et al. 2021, 2101.05982); layer normalisation and dropout in the critics (DroQ, Hiraoka et al. 2022,
 * 2110.02034). Discrete actions: critics that say the value of every joint action, and expectations over all of them in place
 * of draws (Christodoulou 2019, 1910.07207).
 */
export const sac: Algorithm<'sac'> = async (lab) => {
  const { options, space, world, random } = lab;
  const shape = sacActorShape(space, options);
  const noise = random.fork('noise');
  const experience = new Experience(lab, { noise });
  const initial = initialSac(space, options, random.fork('weights'));
  const program = await compileUpdates(lab.engine, sacUpdates(space, options, initial), lab.threads);
  try {
    let state = experience.arrays(program.initial);
    let metrics: Partial<Record<SacMetric, number>> = {};
    const actor = (): Actor => ({ shape, arrays: program.arrays(state, 'actor/', 'input/') });
    const explore = () =>
      world?.behave({ kind: 'actor', actor: actor(), explore: true, limit: 2 * options.explorationLimit });
    await (experience.ready ? explore() : world?.behave({ kind: 'random' }));

    while (!experience.over) {
      const { ended, begins } = await experience.act();
      if (begins) {
        state = { ...state, ...(await experience.normaliser()) };
        await explore();
      }

      while (experience.owes(program.unroll)) {
        const batch = experience.sample(program.unroll * options.batchSize);
        const feeds = sacFeeds(space, options, batch, program.unroll, noise);
        ({ state, metrics } = await program.run(state, feeds, experience.updates + 1));
        experience.learned(program.unroll);
        await explore();
      }
      await lab.report({
        ...{ ...experience.progress, ended, actor },
        point: () => ({ value: metrics.value ?? null, entropy: metrics.entropy ?? null }),
        snapshot: () => experience.snapshot(state),
      });
    }
    return { actor: actor(), value: null, ...experience.finish(state) };
  } finally {
    await program.dispose();
  }
};
