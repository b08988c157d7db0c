import * as tf from '@tensorflow/tfjs-core';
import { stateWidth } from '../../dynamics/layout';
import { filled, type Tensors } from '../../dynamics/mlp';
import { adamStep } from '../../dynamics/training/adam';
import { fittedNormaliser, plainNormaliser } from '../normaliser';
import { Replay } from '../replay';
import {
  actorOutputs,
  gaussianActor,
  initialActor,
  policyInputs,
  squashedSample,
} from '../representation/actor';
import { criticValues, initialCritics } from '../representation/critic';
import type { Actor, Arrays } from '../representation/types';
import type { Algorithm, Lab } from '../types';
import { compileUpdates, gradientsOf, valuesOf, withOptimiser } from '../updates';

/** Updates in one call of the engine, and steps between two looks at the replay. */
const UNROLL = 8;

/**
 * Soft actor-critic (Haarnoja et al. 2018, 1812.05905, with the temperature of its section 5):
 *
 *   repeat: act, remember the transition; for as many updates as a step is owed:
 *     y      = r + γ (1 − terminated) (min_j Q̄_j(s', a') − α log π(a' | s')),  a' ~ π(· | s')
 *     critics: Σ_j (Q_j(s, a) − y)²      actor: α log π(ã | s) − min_j Q_j(s, ã),  ã ~ π(· | s)
 *     temperature: −α (log π(ã | s) + H̄),  H̄ = −actions       targets: Q̄ ← (1 − τ) Q̄ + τ Q
 */
export const sac: Algorithm<'sac'> = async (lab) => {
  const { options, space, world, random } = lab;
  const shape = { kind: 'gaussian', ...networkOf(options) } as const;
  const replay = new Replay(space, options.replaySize);
  for (const transition of lab.recorded) replay.add(transition);
  const batches = random.fork('batches');
  const noises = random.fork('noise');
  const weights = random.fork('weights');

  let [steps, updates] = [0, 0];
  let owed = 0;
  let metrics: Partial<Record<Metric, number>> = {};
  const program = await compileUpdates(lab.engine, sacUpdates(lab, initialArrays(lab, weights)), lab.threads);
  let state = program.initial;
  const actor = (): Actor => ({ shape, arrays: program.arrays(state, 'actor/', 'input/') });
  await world?.behave({ kind: 'random' });

  while (steps < options.steps) {
    // Act. Without a world, what is recorded is all there is.
    const happened = (await world?.experience(1)) ?? { transitions: [], ended: [] };
    for (const transition of happened.transitions) replay.add(transition);
    steps += world ? happened.transitions.length : 1;
    if (replay.size < Math.max(options.randomSteps, options.batchSize)) continue;
    if (updates === 0) {
      const seen = replay.sampleStates(Math.min(4096, replay.size), batches);
      state = { ...state, ...valuesOf(await fittedNormaliser(lab.engine, space, seen)) };
    }

    // Learn, as much as the steps are owed.
    owed += options.updatesPerStep * (world ? happened.transitions.length : 1);
    while (owed >= program.unroll) {
      const rows = program.unroll * options.batchSize;
      const batch = replay.sample(rows, batches);
      const noise = () => noises.fillNormal(new Float32Array(rows * space.actions.length));
      const feeds = { ...batch, noise: noise(), noiseNext: noise() };
      ({ state, metrics } = await program.run(state, feeds, updates + 1));
      updates += program.unroll;
      owed -= program.unroll;
    }
    await world?.behave({
      kind: 'actor',
      actor: actor(),
      explore: true,
      limit: 2 * options.explorationLimit,
    });
    await lab.report({
      ...{ steps, updates, ended: happened.ended, actor },
      point: () => ({ value: metrics.value ?? null, entropy: metrics.entropy ?? null }),
      snapshot: () => ({ arrays: state, counters: { steps, updates, owed }, random: {}, parts: {} }),
    });
  }
  await program.dispose();
  return { actor: actor(), value: null, steps, updates };
};

type Metric = 'criticLoss' | 'value' | 'entropy' | 'temperature';

const networkOf = ({ hiddenLayers, hiddenUnits, activation }: Lab<'sac'>['options']) => ({
  ...{ hiddenLayers, hiddenUnits, activation },
});

function initialArrays({ space, options }: Lab<'sac'>, random: Lab['random']): Arrays {
  const network = networkOf(options);
  const actor = initialActor(space, { kind: 'gaussian', ...network }, random.fork('actor'));
  const critics = initialCritics(space, network, options.critics, random.fork('critics'));
  const trained = new Map([...actor, ...critics, ['temperature', filled([1, 1, 1], 0)]] as const);
  const targets = new Map(
    [...critics].map(([name, { shape, values }]) => [`target/${name}`, { shape, values: values.slice() }]),
  );
  return withOptimiser(trained as Arrays, new Map([...targets, ...plainNormaliser(space)]) as Arrays);
}

/** One update as a traced program: losses above, one Adam step each. */
function sacUpdates(lab: Lab<'sac'>, arrays: Arrays) {
  const { space, options } = lab;
  const { batchSize, discount, targetRate } = options;
  const network = networkOf(options);
  const shape = { kind: 'gaussian', ...network } as const;
  const names = (prefix: string) => [...arrays.keys()].filter((name) => name.startsWith(prefix));
  const [actorNames, criticNames] = [names('actor/'), names('critic/')];
  const [width, actions] = [stateWidth(space.layout), space.actions.length];
  const entropyGoal = -actorOutputs(space, { kind: 'deterministic' });

  return {
    ...{ name: 'SAC', arrays, unroll: UNROLL, learningRate: options.learningRate },
    feeds: [
      { name: 'state', shape: [1, batchSize, width] },
      { name: 'action', shape: [1, batchSize, actions] },
      { name: 'reward', shape: [1, batchSize, 1] },
      { name: 'next', shape: [1, batchSize, width] },
      { name: 'continues', shape: [1, batchSize, 1] },
      { name: 'noise', shape: [1, batchSize, actions] },
      { name: 'noiseNext', shape: [1, batchSize, actions] },
    ],
    step(current: Tensors, feeds: Tensors, schedule: { size: tf.Tensor; epsilon: tf.Tensor }) {
      const fed = feeds as Record<string, tf.Tensor3D>;
      const inputs = policyInputs(space, current, fed.state as tf.Tensor3D);
      const inputsNext = policyInputs(space, current, fed.next as tf.Tensor3D);
      const alpha = tf.exp(current.temperature as tf.Tensor3D);

      const next = squashedSample(
        gaussianActor(space, shape, current, inputsNext),
        fed.noiseNext as tf.Tensor3D,
      );
      const valueNext = tf.sub(
        tf.min(criticValues(network, current, inputsNext, next.action, 'target/critic/'), 0, true),
        tf.mul(alpha, next.logDensity),
      );
      const target = tf.add(
        fed.reward as tf.Tensor,
        tf.mul(discount, tf.mul(fed.continues as tf.Tensor, valueNext)),
      );
      const critics = gradientsOf(criticNames, current, (tensors) => {
        const values = criticValues(network, tensors, inputs, fed.action as tf.Tensor3D);
        const squares = tf.mean(tf.square(tf.sub(values, target)), [1, 2]);
        return { loss: tf.sum(squares), extra: { value: tf.mean(values) } };
      });
      const actor = gradientsOf(actorNames, current, (tensors) => {
        const drawn = squashedSample(gaussianActor(space, shape, tensors, inputs), fed.noise as tf.Tensor3D);
        const worth = tf.min(criticValues(network, current, inputs, drawn.action), 0, true);
        const loss = tf.mean(tf.sub(tf.mul(alpha, drawn.logDensity), worth));
        return { loss, extra: { logDensity: tf.mean(drawn.logDensity) } };
      });
      const surprise = actor.extra.logDensity;
      // d/d log α of −α (log π + H̄).
      const temperature = tf.neg(tf.mul(alpha, tf.add(surprise, entropyGoal)));

      const after = adamStep(
        current,
        { ...critics.gradients, ...actor.gradients, temperature },
        schedule,
        () => 0,
      );
      for (const name of criticNames) {
        const [old, own] = [current[`target/${name}`] as tf.Tensor, after[name] as tf.Tensor];
        after[`target/${name}`] = tf.add(old, tf.mul(targetRate, tf.sub(own, old)));
      }
      return {
        next: after,
        metrics: {
          criticLoss: critics.loss,
          value: critics.extra.value,
          entropy: tf.neg(surprise),
          temperature: tf.mean(alpha),
        },
      };
    },
  };
}
