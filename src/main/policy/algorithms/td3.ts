import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import { type MlpShape, mlp, type Tensors } from '../../dynamics/mlp';
import { adamStep } from '../../dynamics/training/adam';
import { compileUpdates, gradientsOf, type UpdateShape, withOptimiser } from '../../dynamics/updates/updates';
import { Experience } from '../experience';
import { plainNormaliser } from '../normaliser';
import { initialActor, policyInputs } from '../representation/actor';
import { criticValues, initialCritics } from '../representation/critic';
import { requireContinuous } from '../representation/space';
import type { Actor, Arrays } from '../representation/types';
import type { Algorithm, Lab } from '../types';
import { batchSpecs, movedTargets, targetsOf } from './sac-update';

/** Updates in one call of the engine, about. */
const UNROLL = 8;
/** The noise on the target's actions is clipped at so many of its deviations (0.5 at 0.2). */
const MOST_DEVIATIONS = 2.5;
const CRITICS = 2;

/**
 * Twin delayed deep deterministic policy gradient (Fujimoto et al. 2018, 1802.09477):
 *
 *   repeat: act with Gaussian noise, remember the transition; for as many updates as a step is owed:
 *     y      = r + γ (1 − terminated) min_j Q̄_j(s', μ̄(s') + ε),  ε clipped noise
 *     critics: Σ_j (Q_j(s, a) − y)²
 *     every d updates: actor: −Q₁(s, μ(s));  targets: Q̄ ← (1 − τ) Q̄ + τ Q, μ̄ ← (1 − τ) μ̄ + τ μ
 */
export const td3: Algorithm<'td3'> = async (lab) => {
  const { options, space, world, random } = lab;
  requireContinuous(space, 'TD3');
  const shape = { kind: 'deterministic', ...networkOf(options) } as const;
  const noise = random.fork('noise');
  const experience = new Experience(lab, { noise });
  const initial = initialArrays(lab, random.fork('weights'));
  const program = await compileUpdates(lab.engine, td3Updates(lab, initial), lab.threads);
  try {
    let state = experience.arrays(program.initial);
    let metrics: Partial<Record<Metric, number>> = {};
    const actor = (): Actor => ({ shape, arrays: program.arrays(state, 'actor/', 'input/') });
    const explore = () =>
      world?.behave({
        ...{ kind: 'actor', actor: actor(), explore: true, noise: options.explorationNoise },
        limit: 2 * options.explorationLimit,
      });
    await (experience.ready ? explore() : world?.behave({ kind: 'random' }));

    while (!experience.over) {
      const { ended, begins } = await experience.act();
      if (begins) {
        state = { ...state, ...(await experience.normaliser()) };
        await explore();
      }

      while (experience.owes(program.unroll)) {
        const rows = program.unroll * options.batchSize;
        const drawn = noise.fillNormal(new Float32Array(rows * space.actions.length));
        const feeds = { ...experience.sample(rows), noiseNext: drawn };
        ({ state, metrics } = await program.run(state, feeds, experience.updates + 1));
        experience.learned(program.unroll);
        await explore();
      }
      await lab.report({
        ...{ ...experience.progress, ended, actor },
        point: () => ({ value: metrics.value ?? null }),
        snapshot: () => experience.snapshot(state),
      });
    }
    return { actor: actor(), value: null, ...experience.finish(state) };
  } finally {
    await program.dispose();
  }
};

type Metric = 'criticLoss' | 'value' | 'actorLoss';

const networkOf = ({ hiddenLayers, hiddenUnits, activation }: Lab<'td3'>['options']): MlpShape => ({
  ...{ hiddenLayers, hiddenUnits, activation },
});

function initialArrays({ space, options }: Lab<'td3'>, random: Random): Arrays {
  const network = networkOf(options);
  const actor = initialActor(space, { kind: 'deterministic', ...network }, random.fork('actor'));
  const critics = initialCritics(space, network, CRITICS, random.fork('critics'));
  const trained: Arrays = new Map([...actor, ...critics]);
  return withOptimiser(trained, new Map([...targetsOf(trained), ...plainNormaliser(space)]));
}

function td3Updates({ space, options }: Lab<'td3'>, arrays: Arrays): UpdateShape<Metric> {
  const { actorEvery, batchSize, discount, learningRate, targetNoise, targetRate } = options;
  const network = networkOf(options);
  const names = (prefix: string) => [...arrays.keys()].filter((name) => name.startsWith(prefix));
  const [actorNames, criticNames] = [names('actor/'), names('critic/')];
  const most = MOST_DEVIATIONS * targetNoise;
  const actionOf = (tensors: Tensors, inputs: tf.Tensor3D, prefix = 'actor/'): tf.Tensor3D =>
    tf.tanh(mlp(network, tensors, inputs, prefix));

  return {
    ...{ name: 'TD3', arrays, learningRate, unroll: actorEvery * Math.ceil(UNROLL / actorEvery) },
    optimisers: { actor: { learningRate, every: actorEvery } },
    feeds: [
      ...batchSpecs(space, batchSize),
      { name: 'noiseNext', shape: [1, batchSize, space.actions.length] },
    ],
    step(current, feeds, schedule, { schedules }) {
      const inputs = policyInputs(space, current, feeds.state as tf.Tensor3D);
      const inputsNext = policyInputs(space, current, feeds.next as tf.Tensor3D);

      const noise = tf.clipByValue(tf.mul(feeds.noiseNext as tf.Tensor, targetNoise), -most, most);
      const smoothed = tf.add(actionOf(current, inputsNext, 'target/actor/'), noise);
      const actionNext = tf.clipByValue(smoothed, -1, 1) as tf.Tensor3D;
      const valueNext = tf.min(
        criticValues(network, current, inputsNext, actionNext, 'target/critic/'),
        0,
        true,
      );
      const target = tf.add(
        feeds.reward as tf.Tensor,
        tf.mul(discount, tf.mul(feeds.continues as tf.Tensor, valueNext)),
      );
      const critics = gradientsOf(criticNames, current, (tensors) => {
        const values = criticValues(network, tensors, inputs, feeds.action as tf.Tensor3D);
        const squares = tf.mean(tf.square(tf.sub(values, target)), [1, 2]);
        return { loss: tf.sum(squares), extra: { value: tf.mean(values) } };
      });
      const afterCritics = adamStep(current, critics.gradients, schedule, () => 0);
      const metrics = { criticLoss: critics.loss, value: critics.extra.value };
      if (!schedules.actor) return { next: afterCritics, metrics };

      const first = firstCritic(criticNames, { ...current, ...afterCritics });
      const actor = gradientsOf(actorNames, current, (tensors) => ({
        loss: tf.neg(tf.mean(criticValues(network, first, inputs, actionOf(tensors, inputs)))),
        extra: {},
      }));
      const after = { ...afterCritics, ...adamStep(current, actor.gradients, schedules.actor, () => 0) };
      const targets = movedTargets([...criticNames, ...actorNames], current, after, targetRate);
      return { next: { ...after, ...targets }, metrics: { ...metrics, actorLoss: actor.loss } };
    },
  };
}

/** The arrays of Q₁ alone. */
const firstCritic = (names: readonly string[], tensors: Tensors): Tensors =>
  Object.fromEntries(names.map((name) => [name, tf.slice(tensors[name] as tf.Tensor, 0, 1)]));
