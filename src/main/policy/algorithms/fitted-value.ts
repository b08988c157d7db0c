import * as tf from '@tensorflow/tfjs-core';
import { ForesightError } from '../../../shared/errors';
import type { ActorShape } from '../../../shared/policy';
import type { Random } from '../../../shared/random';
import { deviation } from '../../../shared/statistics';
import { nextState, observationOf, stateWidth } from '../../dynamics/layout';
import type { MlpShape, Tensors } from '../../dynamics/mlp';
import { adamStep } from '../../dynamics/training/adam';
import {
  compileUpdates,
  gradientsOf,
  requireFinite,
  type UpdateShape,
  withOptimiser,
} from '../../dynamics/updates/updates';
import { type ImaginedModel, imaginedModel, requireModelOf } from '../imagine/model';
import { fittedNormaliser, plainNormaliser } from '../normaliser';
import { Replay } from '../replay';
import { greedyAction, initialActor, physicalAction, policyInputs } from '../representation/actor';
import { requireContinuous } from '../representation/space';
import type { Actor, Arrays } from '../representation/types';
import { initialValue, stateValue } from '../representation/value';
import type { Algorithm, Lab } from '../types';

/** Updates in one call of the engine. */
const UNROLL = 4;
/** States that the inputs' normaliser is fitted to. */
const SEEN = 4096;
/** Share of the candidates that lie around what the actor does, and how near, in units of half the range. */
const [NEAR_SHARE, NEAR] = [0.5, 0.3];
/** Steps of usual rewards that a value is measured by, at most. */
const LONGEST = 50;
/** A recorded state is moved by this share of every number's deviation. */
const AROUND = 0.5;

/**
 * Fitted value iteration in a model, for a planner's horizon (Ernst et al. 2005 and Munos & Szepesvári 2008 on what a model
 * predicts; a value learned beside a planner: Lowrey et al. 2019, POLO):
 *
 *   repeat: states s around recorded ones; candidates a_k: any, some near μ(s), and μ(s) itself
 *     q_k   = r(s, a_k, s'_k) + γ (1 − ends) V̄(s'_k),   s'_k = f_m(s, a_k), one member m for all of a state's
 *     value: (V(s) − max_k q_k)²      actor: |μ(s) − a_argmax|²      target: V̄ ← (1 − τ) V̄ + τ V
 *
 * It never acts. Rewards and terminations need no slope, because nothing is differentiated by the action.
 */
export const fittedValue: Algorithm<'fitted-value'> = async (lab) => {
  const { options, space, random, engine } = lab;
  requireContinuous(space, 'Fitted value iteration');
  const model = requireSources(lab);
  const [states, candidates] = [random.fork('states'), random.fork('candidates')];
  const replay = new Replay(space, Math.max(1, lab.recorded.length));
  for (const transition of lab.recorded) replay.add(transition);
  const shape = shapeOf(lab);
  const seen = replay.sampleStates(SEEN, random.fork('seen'));
  const normaliser = await fittedNormaliser(engine, space, seen, 'unskilled');
  const initial = initialArrays(lab, model, normaliser, random.fork('weights'));
  const rows = Math.ceil(options.batchSize / model.members) * model.members;
  const scale = rewardScale(lab);
  const program = await compileUpdates(
    engine,
    updatesOf(lab, model, initial, { rows, scale, bounds: boundsOf(lab, scale) }),
    lab.threads,
  );
  try {
    let state = program.initial;
    let updates = 0;
    if (lab.resumed) {
      state = program.restored(lab.resumed.arrays);
      updates = lab.resumed.counters.updates ?? 0;
      states.restore(lab.resumed.random.states ?? states.state());
      candidates.restore(lab.resumed.random.candidates ?? candidates.state());
    }
    let worth: number | null = null;
    const spreads = spreadsOf(replay, random.fork('spreads'));
    const actor = (): Actor => ({ shape, arrays: program.arrays(state, 'actor/', 'input/') });

    while (updates < options.steps) {
      const count = program.unroll * rows;
      const feeds = {
        state: around(replay.sampleStates(count, states), spreads, states),
        free: drawn(lab, count * options.candidates, candidates),
        near: candidates.fillNormal(new Float32Array(count * nearOf(options) * space.actions.length)),
      };
      const done = await program.run(state, feeds, updates + 1);
      state = done.state;
      worth = done.metrics.value;
      updates += program.unroll;
      await lab.report({
        ...{ steps: updates, updates, ended: [], actor, phase: 'learning' },
        point: () => ({ value: worth }),
        snapshot: () => ({
          ...{ arrays: state, counters: { updates }, parts: {} },
          random: { states: states.state(), candidates: candidates.state() },
        }),
      });
    }
    requireFinite(options.name, state, updates);
    const value = scaled(targetOf(program.arrays(state, 'target/value/')), options.hiddenLayers, scale);
    return { actor: actor(), value, steps: lab.recorded.length, updates };
  } finally {
    await program.dispose();
  }
};

type Metric = 'valueLoss' | 'value';
type FittedLab = Lab<'fitted-value'>;

const networkOf = ({ hiddenLayers, hiddenUnits, activation }: FittedLab['options']): MlpShape => ({
  ...{ hiddenLayers, hiddenUnits, activation },
});
const shapeOf = ({ options }: FittedLab): ActorShape => ({ kind: 'deterministic', ...networkOf(options) });

/** Candidates that lie around what the actor does; the rest are any, but for the one that is it. */
const nearOf = ({ candidates }: FittedLab['options']): number => Math.floor(NEAR_SHARE * candidates);

/** @throws wrong-use, bad-data without a model, with one of something else, and without enough to begin from */
function requireSources(lab: FittedLab): ImaginedModel {
  const { model, recorded, options, channels, space, task } = lab;
  if (model === null) {
    throw new ForesightError(
      'wrong-use',
      'A value is fitted in a model, and none was chosen.',
      'Choose a model of this rig, or train one first.',
    );
  }
  requireModelOf(model, channels, space);
  if (recorded.length < options.batchSize) {
    throw new ForesightError(
      'bad-data',
      `There are ${recorded.length} recorded steps to begin from, and one batch alone has ${options.batchSize}.`,
      'Choose more episodes, or a smaller batch.',
    );
  }
  const { learnedReward } = options;
  return imaginedModel(model, { space, task, learnedReward, penalty: { kind: 'none', weight: 0 } });
}

function initialArrays(
  { space, options }: FittedLab,
  model: ImaginedModel,
  normaliser: Arrays,
  random: Random,
): Arrays {
  const network = networkOf(options);
  const actor = initialActor(space, { kind: 'deterministic', ...network }, random.fork('actor'));
  const value = initialValue(space, network, random.fork('value'));
  const target: Arrays = new Map(
    [...value].map(([name, { shape, values }]) => [`target/${name}`, { shape, values: values.slice() }]),
  );
  return withOptimiser(
    new Map([...actor, ...value]),
    new Map([...target, ...plainNormaliser(space), ...normaliser, ...model.arrays]),
  );
}

/**
 * What a value is a multiple of while it is learned: rewards as they are usual, over the discount's horizon. That is cut at LONGEST
 * steps: a task that is done after some seconds is worth far less than its usual reward for as long as the discount reaches, and
 * the optimiser's steps would be coarse beside such values.
 */
function rewardScale({ recorded, options }: FittedLab): number {
  const squares = recorded.reduce((sum, { reward }) => sum + reward ** 2, 0) / recorded.length;
  return (Math.sqrt(squares) || 1) / Math.max(1 / LONGEST, 1 - options.discount);
}

/**
 * No value is beyond what the least and the largest recorded reward would come to if they went on for ever, in units of `scale`. The
 * largest of many candidates is the one that the value is most wrong about, and what it says too much would feed on itself.
 */
function boundsOf({ recorded, options }: FittedLab, scale: number): [number, number] {
  const rewards = recorded.map(({ reward }) => reward);
  const forever = scale * Math.max(1e-3, 1 - options.discount);
  return [Math.min(0, ...rewards) / forever, Math.max(0, ...rewards) / forever];
}

/** V̄ by the names of V: what is kept, because it is a mean over the last updates, each of which moves V a little. */
const targetOf = (target: Arrays): Arrays =>
  new Map([...target].map(([name, array]) => [name.slice('target/'.length), array]));

/** V as it is kept: in units of the reward. */
function scaled(value: Arrays, hiddenLayers: number, scale: number): Arrays {
  const last = (name: string) => name.startsWith(`value/layer${hiddenLayers}/`);
  return new Map(
    [...value].map(([name, { shape, values }]) => [
      name,
      { shape, values: last(name) ? values.map((x) => scale * x) : values },
    ]),
  );
}

/** [stateWidth] by how much recorded states are moved, SI units. */
function spreadsOf(replay: Replay, random: Random): Float64Array {
  const width = stateWidth(replay.space.layout);
  const seen = replay.sampleStates(SEEN, random);
  return Float64Array.from({ length: width }, (_, j) => {
    const column = Float64Array.from({ length: SEEN }, (_, row) => seen[row * width + j] ?? 0);
    return AROUND * deviation(column);
  });
}

/** In place: half of the states stay as they were recorded, the others are moved. */
function around(states: Float32Array, spreads: Float64Array, random: Random): Float32Array {
  const width = spreads.length;
  for (let row = 0; row < states.length / width; row += 2) {
    for (let j = 0; j < width; j++) {
      const at = row * width + j;
      states[at] = (states[at] ?? 0) + (spreads[j] ?? 0) * random.normal();
    }
  }
  return states;
}

/** [n, actions] anywhere within the ranges. */
function drawn({ space }: FittedLab, count: number, random: Random): Float32Array {
  const actions = new Float32Array(count * space.actions.length);
  for (let i = 0; i < actions.length; i++) actions[i] = random.uniformIn(-1, 1);
  return actions;
}

function updatesOf(
  { space, options }: FittedLab,
  model: ImaginedModel,
  arrays: Arrays,
  { rows, scale, bounds }: { rows: number; scale: number; bounds: [number, number] },
): UpdateShape<Metric> {
  const { candidates, discount, learningRate, targetRate } = options;
  const network = networkOf(options);
  const names = (prefix: string) => [...arrays.keys()].filter((name) => name.startsWith(prefix));
  const [actorNames, valueNames] = [names('actor/'), names('value/')];
  const [width, actions] = [stateWidth(space.layout), space.actions.length];
  const near = nearOf(options);
  const all = candidates + 1;
  const actionOf = (tensors: Tensors, inputs: tf.Tensor3D) =>
    greedyAction(space, { kind: 'deterministic', ...network }, tensors, inputs);

  /** [rows, candidates + 1] what each of a state's candidates is worth. */
  const worthOf = (current: Tensors, state: tf.Tensor3D, tried: tf.Tensor3D): tf.Tensor2D => {
    const { members, layout } = model;
    const blocks = (x: tf.Tensor3D) => tf.reshape(x, [members, -1, x.shape[2]]) as tf.Tensor3D;
    const each = tf.reshape(tf.tile(tf.reshape(state, [rows, 1, width]), [1, all, 1]), [
      1,
      rows * all,
      width,
    ]);
    const from = each as tf.Tensor3D;
    const action = physicalAction(space, tried);
    const change = model.predictor(current).mean(blocks(from), blocks(action));
    const target = tf.reshape(change, [1, rows * all, change.shape[2]]) as tf.Tensor3D;
    const next = nextState(layout, from, action, target);
    const [before, after] = [observationOf(layout, from), observationOf(layout, next)];
    const { reward, ends } = model.judge({ before, action, after, target });
    const future = stateValue(network, current, policyInputs(space, current, next), 'target/value/');
    const goesOn = ends ? tf.mul(future, tf.sub(1, ends)) : future;
    return tf.reshape(tf.add(tf.div(reward, scale), tf.mul(discount, goesOn)), [rows, all]) as tf.Tensor2D;
  };

  return {
    ...{ name: 'fitted value', arrays, learningRate, unroll: UNROLL },
    feeds: [
      { name: 'state', shape: [1, rows, width] },
      { name: 'free', shape: [rows, candidates, actions] },
      { name: 'near', shape: [rows, near, actions] },
    ],
    step(current, feeds, schedule) {
      const state = feeds.state as tf.Tensor3D;
      const inputs = policyInputs(space, current, state);
      const own = tf.reshape(actionOf(current, inputs), [rows, 1, actions]);
      const close = tf.clipByValue(tf.add(own, tf.mul(feeds.near as tf.Tensor, NEAR)), -1, 1);
      const any = tf.slice(feeds.free as tf.Tensor3D, [0, 0, 0], [-1, candidates - near, -1]);
      const tried = tf.reshape(tf.concat([own, close, any], 1), [1, rows * all, actions]) as tf.Tensor3D;
      const worth = worthOf(current, state, tried);
      const best = tf.clipByValue(tf.max(worth, 1, true), ...bounds);
      const chosen = tf.gather(
        tf.reshape(tried, [rows * all, actions]),
        tf.add(tf.argMax(worth, 1), tf.range(0, rows * all, all, 'int32')) as tf.Tensor1D,
      );

      const value = gradientsOf(valueNames, current, (tensors) => {
        const values = tf.reshape(stateValue(network, tensors, inputs), [rows, 1]);
        return { loss: tf.mean(tf.square(tf.sub(values, best))), extra: { value: tf.mean(values) } };
      });
      const actor = gradientsOf(actorNames, current, (tensors) => {
        const does = tf.reshape(actionOf(tensors, inputs), [rows, actions]);
        return { loss: tf.mean(tf.square(tf.sub(does, chosen))), extra: {} };
      });
      const after = adamStep(current, { ...value.gradients, ...actor.gradients }, schedule, () => 0);
      for (const name of valueNames) {
        const [old, fresh] = [current[`target/${name}`] as tf.Tensor, after[name] as tf.Tensor];
        after[`target/${name}`] = tf.add(old, tf.mul(targetRate, tf.sub(fresh, old)));
      }
      return {
        next: after,
        metrics: { valueLoss: value.loss, value: tf.mul(value.extra.value, scale) },
      };
    },
  };
}
