import * as tf from '@tensorflow/tfjs-core';
import { ForesightError } from '../../../shared/errors';
import type { ActorShape, PolicyPoint } from '../../../shared/policy';
import { mean } from '../../../shared/statistics';
import { stateWidth } from '../../dynamics/layout';
import type { Tensors } from '../../dynamics/mlp';
import { adamStep } from '../../dynamics/training/adam';
import {
  compileUpdates,
  gradientsOf,
  requireFinite,
  valuesOf,
  withOptimiser,
} from '../../dynamics/updates/updates';
import {
  packEpisodes,
  padded,
  standardised,
  valuesByEpisode,
  valueTargets,
  weightsFor,
} from '../episode-batch';
import { fittedNormaliser, plainNormaliser } from '../normaliser';
import type { Transition } from '../replay';
import { initialActor, policyInputs } from '../representation/actor';
import { entropy, logDensity, takenWidth } from '../representation/density';
import { jointActions } from '../representation/space';
import type { Actor, Arrays } from '../representation/types';
import type { Judging } from '../returns';
import { compileStateValue } from '../state-value';
import type { Algorithm, Lab, World } from '../types';
import { WholeEpisodes } from '../whole-episodes';

/**
 * REINFORCE (Williams 1992), with what has made it useful since, each by a switch of its own:
 *
 *   repeat: N whole episodes of π
 *     g_i = Σ_t ψ_t ∇ log π(a_t | s_t) of every episode i, where ψ_t is
 *       R = Σ_k γ^k r_k · with reward-to-go G_t · with a baseline R − V(s_0) or G_t − V(s_t) · with both and GAE Σ_l (γλ)^l δ_{t+l}
 *     π: one Adam step along 1/N Σ_i g_i + entropy bonus · ∇ 1/N Σ_i Σ_t H(π(· | s_t))
 *     V: regression to G_t
 *
 * A step limit is no end: where there is a V, what it expects beyond counts as earned. Every g_i is computed by itself, so how
 * much the estimate varies is known: tr Cov(g_i) / N, and that as a share of ‖1/N Σ_i g_i‖².
 */
export const reinforce: Algorithm<'reinforce'> = async (lab) => {
  const { options, space, random, resumed, task } = lab;
  const world = actingWorld(lab);
  const shape = shapeOf(lab);
  const weights = random.fork('weights');
  const noises = random.fork('noise');
  const policy = initialActor(space, shape, weights.fork('actor'));
  const program = await compileUpdates(
    lab.engine,
    policyGradient(lab, withOptimiser(policy, plainNormaliser(space))),
    lab.threads,
  );
  let value: Awaited<ReturnType<typeof compileStateValue>> | null = null;
  try {
    const valued = options.baseline || options.compareEstimators;
    value = valued
      ? await compileStateValue(lab, shape, options.valueLearningRate, weights.fork('value'))
      : null;

    let state = program.initial;
    let [steps, updates] = [0, 0];
    let point: Partial<PolicyPoint> = {};
    if (resumed) {
      state = program.restored(resumed.arrays);
      ({ steps = 0, updates = 0 } = resumed.counters);
      value?.restore(resumed);
      noises.restore(resumed.random.noises ?? noises.state());
      world.restore?.(resumed.parts.world);
      point = resumed.parts.point as Partial<PolicyPoint>;
    }
    const actor = (): Actor => ({ shape, arrays: program.arrays(state, 'actor/', 'input/') });
    const report = (phase: 'collecting' | 'learning', ended: Parameters<Lab['report']>[0]['ended'] = []) =>
      lab.report({
        ...{ steps, updates, ended, actor, phase, point: () => point },
        snapshot: () => {
          requireFinite('REINFORCE', state, updates);
          const beside = value?.state();
          return {
            arrays: { ...beside?.arrays, ...state },
            counters: { ...beside?.counters, steps, updates },
            random: { ...beside?.random, noises: noises.state() },
            parts: { world: world.state?.(), point },
          };
        },
      });

    // Look around by random motion. What inputs are normalised by then stays, or the policy would change without learning.
    if (updates === 0) {
      const seen: Transition[] = [...lab.recorded];
      await world.behave({ kind: 'random' });
      while (seen.length < Math.max(2, options.randomSteps)) {
        const { transitions, ended } = await world.experience(1);
        seen.push(...transitions);
        steps += transitions.length;
        await report('collecting', ended);
      }
      state = {
        ...state,
        ...valuesOf(await fittedNormaliser(lab.engine, space, statesOf(seen), 'unskilled')),
      };
    }

    const whole = new WholeEpisodes();
    while (steps < options.steps) {
      // Act, as the policy is now, until there are enough episodes.
      whole.of(await world.behave({ kind: 'actor', actor: actor(), explore: true }));
      let over = false;
      while (whole.count < options.episodesPerUpdate && !over) {
        const { transitions, ended } = await world.experience(1);
        whole.add(transitions);
        steps += transitions.length;
        over = transitions.length === 0;
        await report('collecting', ended);
      }
      if (over) break;

      // Judge what was done.
      const batch = packEpisodes(space, shape, task.maxSteps, whole.take(options.episodesPerUpdate));
      if (updates === 0) {
        value?.begin(program.arrays(state, 'input/'), valueTargets(batch, null, options));
      }
      const values = value ? valuesByEpisode(batch, await value.of(batch.visited, batch.visitedRows)) : null;
      const noise = noises.fillNormal(new Float32Array(batch.rows * space.actions.length));
      const gradient = async (weights: readonly Float64Array[]) => {
        const weight = padded(weights, task.maxSteps);
        return program.run(state, { ...batch.feeds, weight, noise }, updates + 1);
      };
      const estimatorVariances = options.compareEstimators
        ? await compared(options, async (judging) => {
            return (await gradient(weightsFor(batch, values, judging))).metrics.variance;
          })
        : undefined;

      // Learn.
      const judged = weightsFor(batch, values, options);
      const { state: next, metrics } = await gradient(
        options.normaliseAdvantages ? standardised(judged) : judged,
      );
      state = next;
      updates++;
      if (values) await value?.fit(batch.steps, valueTargets(batch, values, options), options.valueUpdates);
      point = {
        ...{ entropy: metrics.entropy, value: values ? mean(values.map((own) => own[0] ?? 0)) : null },
        gradientVariance: metrics.variance / Math.max(metrics.squaredLength, Number.MIN_VALUE),
        ...(estimatorVariances && { estimatorVariances }),
      };
      await report('learning');
    }
    if (world.kind === 'rig' && whole.stepsLeftOut > 0) {
      lab.note(
        `${whole.stepsLeftOut} steps of episodes that no one policy drove from beginning to end were not learned from.`,
      );
    }
    requireFinite('REINFORCE', state, updates);
    return { actor: actor(), value: value?.arrays() ?? null, steps, updates };
  } finally {
    await Promise.all([program.dispose(), value?.dispose()]);
  }
};

/** Variances of three estimators of the gradient at one policy, from the same episodes. */
async function compared(
  { discount, gaeLambda }: Lab<'reinforce'>['options'],
  variance: (judging: Judging) => Promise<number>,
): Promise<PolicyPoint['estimatorVariances']> {
  const common = { discount, gaeLambda };
  return {
    plain: await variance({ ...common, rewardToGo: false, baseline: false }),
    rewardToGo: await variance({ ...common, rewardToGo: true, baseline: false }),
    baseline: await variance({ ...common, rewardToGo: true, baseline: true }),
  };
}

/** The gradient of every episode by itself, and one Adam step along their mean, as a traced program. */
export function policyGradient(
  { space, options, task }: Pick<Lab<'reinforce'>, 'space' | 'options' | 'task'>,
  arrays: Arrays,
) {
  const { episodesPerUpdate: episodes, entropyBonus, learningRate } = options;
  const shape = shapeOf({ space, options });
  const names = [...arrays.keys()].filter((name) => name.startsWith('actor/'));
  const rows = [episodes, task.maxSteps];
  return {
    ...{ name: 'REINFORCE', arrays, unroll: 1, learningRate },
    feeds: [
      { name: 'state', shape: [...rows, stateWidth(space.layout)] },
      { name: 'taken', shape: [...rows, takenWidth(space, shape)] },
      { name: 'weight', shape: [...rows, 1] },
      { name: 'there', shape: [...rows, 1] },
      { name: 'noise', shape: [...rows, space.actions.length] },
    ],
    step(current: Tensors, feeds: Tensors, schedule: { size: tf.Tensor; epsilon: tf.Tensor }) {
      const fed = feeds as Record<'state' | 'taken' | 'weight' | 'there' | 'noise', tf.Tensor3D>;
      const inputs = policyInputs(space, current, fed.state);

      // A copy of the weights for every episode: the derivative by a copy is the gradient of its episode.
      const copies = names.map((name) => [name, tf.tile(current[name] as tf.Tensor3D, [episodes, 1, 1])]);
      const each = gradientsOf(names, { ...current, ...Object.fromEntries(copies) }, (tensors) => {
        const logs = logDensity(space, shape, tensors, inputs, fed.taken);
        return { loss: tf.neg(tf.sum(tf.mul(fed.weight, logs))), extra: {} };
      }).gradients;
      const own = names.map((name) => {
        const gradients = each[name] as tf.Tensor3D;
        const centre = tf.mean(gradients, 0, true);
        return { name, centre, off: tf.sum(tf.square(tf.sub(gradients, centre))) };
      });
      const sums = (list: tf.Tensor[]) => tf.addN(list.map((one) => tf.reshape(one, [1])));

      // How random it is; and, where that is paid for, how it becomes more so.
      const spread = gradientsOf(names, current, (tensors) => {
        const nats = tf.mul(fed.there, entropy(space, shape, tensors, inputs, fed.noise));
        return { loss: tf.neg(tf.mul(tf.sum(nats), entropyBonus / episodes)), extra: { nats: tf.sum(nats) } };
      });
      const gradients = Object.fromEntries(
        own.map(({ name, centre }) => [
          name,
          entropyBonus > 0 ? tf.add(centre, spread.gradients[name] as tf.Tensor) : centre,
        ]),
      );
      return {
        next: adamStep(current, gradients, schedule, () => 0),
        metrics: {
          variance: tf.mul(sums(own.map(({ off }) => off)), 1 / ((episodes - 1) * episodes)),
          squaredLength: sums(own.map(({ centre }) => tf.sum(tf.square(centre)))),
          entropy: tf.div(spread.extra.nats, tf.sum(fed.there)),
        },
      };
    },
  };
}

/** Discrete actions are drawn from a distribution over all of their combinations, others from a squashed Gaussian. */
const shapeOf = ({
  space,
  options: { hiddenLayers, hiddenUnits, activation },
}: Pick<Lab<'reinforce'>, 'space' | 'options'>): ActorShape => ({
  kind: jointActions(space) ? 'categorical' : 'gaussian',
  ...{ hiddenLayers, hiddenUnits, activation },
});

function statesOf(transitions: readonly Transition[]): Float32Array {
  const width = transitions[0]?.state.length ?? 0;
  const states = new Float32Array(transitions.length * width);
  transitions.forEach(({ state }, row) => {
    states.set(state, row * width);
  });
  return states;
}

/** @throws ForesightError wrong-use where it cannot act, and for options that contradict each other */
function actingWorld({ world, options }: Lab<'reinforce'>): World {
  if (options.gaeLambda < 1 && !(options.baseline && options.rewardToGo)) {
    throw new ForesightError(
      'wrong-use',
      'GAE with λ below 1 takes what came long after an action from the value function, and there is none of use here.',
      'Switch baseline and reward-to-go on, or leave λ at 1.',
    );
  }
  if (options.explorationLimit < 1) {
    throw new ForesightError(
      'wrong-use',
      'REINFORCE learns by how likely its policy was to do what it did, and an exploration limit does something else in its place.',
      'Leave the exploration limit at 1, or choose a method with a replay, such as SAC.',
    );
  }
  if (world) return world;
  throw new ForesightError(
    'wrong-use',
    'REINFORCE learns from what its own policy has just done, so recorded episodes are of no use to it.',
    'Let it act in simulation or on the rig, or choose a method that learns off-policy.',
  );
}
