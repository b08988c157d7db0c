import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import { constant, filled, type Tensors } from '../../dynamics/mlp';
import { adamStep } from '../../dynamics/training/adam';
import {
  compileUpdates,
  gradientsOf,
  type Schedule,
  type UpdateShape,
  withOptimiser,
} from '../../dynamics/updates/updates';
import { Experience } from '../experience';
import { plainNormaliser } from '../normaliser';
import {
  actorOutputs,
  gaussianActor,
  initialActor,
  policyInputs,
  squashedSample,
} from '../representation/actor';
import { initialCritics } from '../representation/critic';
import { requireContinuous } from '../representation/space';
import type { Actor, Arrays } from '../representation/types';
import type { Algorithm, Lab } from '../types';
import { initialNorms, type NormedShape, normedValues } from './crossq-critics';
import { batchSpecs, INITIAL_TEMPERATURE } from './sac-update';

/** Updates between two of the actor and the temperature, and updates in one call of the engine. */
const ACTOR_EVERY = 3;
const UNROLL = 2 * ACTOR_EVERY;
const CRITICS = 2;
const BETA1 = 0.5;

/**
 * CrossQ (Bhatt et al., ICLR 2024, 1902.05605): SAC without target networks, whose critics are wide and batch-normalised.
 *
 *   repeat: act, remember the transition; for as many updates as a step is owed:
 *     Q_j(s, a), Q_j(s', a') of one pass through a critic, so that its batch statistics are those of both;  a' ~ π(· | s')
 *     y      = r + γ (1 − terminated) (min_j Q_j(s', a') − α log π(a' | s')), a constant
 *     critics: Σ_j (Q_j(s, a) − y)²
 *     every 3 updates: actor: α log π(ã | s) − min_j Q_j(s, ã), ã ~ π(· | s), by the running statistics;
 *                      temperature: −α (log π(ã | s) + H̄),  H̄ = −actions
 *
 * Adam with β₁ = 0.5. The renormalisation that the authors turn on after 100,000 steps is left out: so long no training here is.
 */
export const crossq: Algorithm<'crossq'> = async (lab) => {
  const { options, space, world, random } = lab;
  requireContinuous(space, 'CrossQ');
  const shape = actorShapeOf(options);
  const noise = random.fork('noise');
  const experience = new Experience(lab, { noise });
  const initial = initialArrays(lab, random.fork('weights'));
  const program = await compileUpdates(lab.engine, crossqUpdates(lab, initial), lab.threads);
  try {
    let state = experience.arrays(program.initial);
    let metrics: Partial<Record<Metric, number>> = {};
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
        const rows = program.unroll * options.batchSize;
        const normals = () => noise.fillNormal(new Float32Array(rows * space.actions.length));
        const feeds = { ...experience.sample(rows), noise: normals(), noiseNext: normals() };
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

type Metric = 'criticLoss' | 'value' | 'entropy' | 'temperature';

const actorShapeOf = ({ hiddenLayers, hiddenUnits, activation }: Lab<'crossq'>['options']) =>
  ({ kind: 'gaussian', hiddenLayers, hiddenUnits, activation }) as const;

const criticShapeOf = ({ hiddenLayers, criticUnits, activation }: Lab<'crossq'>['options']): NormedShape => ({
  ...{ hiddenLayers, hiddenUnits: criticUnits, activation },
});

function initialArrays({ space, options }: Lab<'crossq'>, random: Random): Arrays {
  const shape = criticShapeOf(options);
  const actor = initialActor(space, actorShapeOf(options), random.fork('actor'));
  const critics = initialCritics(space, shape, CRITICS, random.fork('critics'));
  const norms = initialNorms(space, shape, CRITICS);
  const trained: Arrays = new Map([...actor, ...critics, ...norms.trained]);
  return withOptimiser(
    trained.set('temperature', filled([1, 1, 1], INITIAL_TEMPERATURE)),
    new Map([...norms.running, ...plainNormaliser(space)]),
  );
}

function crossqUpdates({ space, options }: Lab<'crossq'>, arrays: Arrays): UpdateShape<Metric> {
  const { batchSize, discount, learningRate } = options;
  const [shape, criticShape] = [actorShapeOf(options), criticShapeOf(options)];
  const names = (prefix: string) => [...arrays.keys()].filter((name) => name.startsWith(prefix));
  const [actorNames, criticNames] = [names('actor/'), names('critic/')];
  const entropyGoal = -actorOutputs(space, { kind: 'deterministic' });
  const noise = [1, batchSize, space.actions.length];

  return {
    ...{ name: 'CrossQ', arrays, unroll: UNROLL, learningRate },
    optimisers: {
      critics: { learningRate, beta1: BETA1 },
      actor: { learningRate, beta1: BETA1, every: ACTOR_EVERY },
    },
    feeds: [
      ...batchSpecs(space, batchSize),
      { name: 'noise', shape: noise },
      { name: 'noiseNext', shape: noise },
    ],
    step(current, feeds, _, { schedules }) {
      const inputs = policyInputs(space, current, feeds.state as tf.Tensor3D);
      const inputsNext = policyInputs(space, current, feeds.next as tf.Tensor3D);
      const alpha = tf.exp(current.temperature as tf.Tensor);
      const drawnBy = (tensors: Tensors, at: tf.Tensor3D, drawn: tf.Tensor | undefined) =>
        squashedSample(gaussianActor(space, shape, tensors, at), drawn as tf.Tensor3D);

      const next = drawnBy(current, inputsNext, feeds.noiseNext);
      const both = tf.concat(
        [tf.concat([inputs, feeds.action as tf.Tensor3D], 2), tf.concat([inputsNext, next.action], 2)],
        1,
      ) as tf.Tensor3D;
      const critics = gradientsOf(criticNames, current, (tensors) => {
        const { values, running } = normedValues(criticShape, tensors, both, 'batch');
        const [now, later] = tf.split(values, 2, 1) as [tf.Tensor3D, tf.Tensor3D];
        const worth = tf.sub(tf.min(later, 0, true), tf.mul(alpha, next.logDensity));
        const earned = tf.mul(discount, tf.mul(feeds.continues as tf.Tensor, worth));
        const target = constant(tf.add(feeds.reward as tf.Tensor, earned));
        const squares = tf.mean(tf.square(tf.sub(now, target)), [1, 2]);
        return { loss: tf.sum(squares), extra: { ...running, value: tf.mean(now) } };
      });
      const { value, ...running } = critics.extra;
      const afterCritics = {
        ...adamStep(current, critics.gradients, schedules.critics as Schedule, () => 0, BETA1),
        ...running,
      };
      const metrics = { criticLoss: critics.loss, value, temperature: tf.mean(alpha) };
      if (!schedules.actor) return { next: afterCritics, metrics };

      const critic = { ...current, ...afterCritics };
      const actor = gradientsOf(actorNames, current, (tensors) => {
        const drawn = drawnBy(tensors, inputs, feeds.noise);
        const given = tf.concat([inputs, drawn.action], 2) as tf.Tensor3D;
        const worth = tf.min(normedValues(criticShape, critic, given, 'running').values, 0, true);
        const loss = tf.mean(tf.sub(tf.mul(alpha, drawn.logDensity), worth));
        return { loss, extra: { surprise: tf.mean(drawn.logDensity) } };
      });
      const { surprise } = actor.extra;
      // d/d log α of −α (log π + H̄).
      const temperature = tf.neg(tf.mul(alpha, tf.add(surprise, entropyGoal)));
      const slopes = { ...actor.gradients, temperature };
      return {
        next: { ...afterCritics, ...adamStep(current, slopes, schedules.actor, () => 0, BETA1) },
        metrics: { ...metrics, entropy: tf.neg(surprise) },
      };
    },
  };
}
