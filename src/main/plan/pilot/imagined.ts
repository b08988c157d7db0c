import * as tf from '@tensorflow/tfjs-core';
import type { PlanInsight } from '../../../shared/plan';
import type { Random } from '../../../shared/random';
import { mean } from '../../../shared/statistics';
import { arrayConstants, predictedMembers, predictionArrays, predictorOf } from '../../dynamics/classes';
import type { Territory } from '../../dynamics/known-territory';
import { nextState, observationOf, rewardOf, stateWidth, targetCount } from '../../dynamics/layout';
import { drawnTargets } from '../../dynamics/predictor';
import type { DynamicsModel } from '../../dynamics/types';
import { greedyAction, policyInputs } from '../../policy/representation/actor';
import type { PolicySpace } from '../../policy/representation/space';
import type { Actor } from '../../policy/representation/types';
import type { CompiledTask } from '../../task';
import type { CompiledProgram, Engine, TensorProgram, TensorSpec } from '../../tensor';
import { moments, returnParts } from '../session/insight';
import { knownSteps } from '../session/known-steps';
import type { RolloutSource } from '../source';
import type { PlanResult } from '../types';

/** Noisy futures of the policy a member, or a function where a member stands for many; and how many functions. */
const NOISY = 4;
const FUNCTIONS = 4;

export type ImaginedPolicy = Pick<PlanResult, 'expectedReturn' | 'mean' | 'std' | 'candidates'> & {
  insight: Pick<PlanInsight, 'expectedReturn' | 'returnStd' | 'disagreement' | 'knownSteps' | 'particles'>;
  /** [horizon][actions] what it does in the first member's future. */
  actions: number[][];
};

/** [horizon, members, rows] as they were learned; left out where the task's formula says what is earned. */
interface Rewards {
  rewards?: Float32Array | undefined;
}

/** One future, row-major. */
interface Future {
  /** [horizon + 1, observations], the start first; after the end of its episode it stands still. */
  trajectory: Float32Array;
  return: number;
}

/**
 * The futures of a policy in a model, all in one call of the engine: unlike a plan, a policy answers to what happens, so every
 * future is its own loop s_{t+1} = s_t + f_m(s_t, π(s_t)) + noise. Of every member one future without noise, from whose mean
 * the trajectory and from whose spread its uncertainty is, and some with noise.
 */
export class PolicyFutures {
  private constructor(
    private readonly program: CompiledProgram,
    private readonly shape: { members: number; functions: number; rows: number; horizon: number },
    private readonly space: PolicySpace,
    private readonly source: RolloutSource,
    private readonly territory: Territory | undefined,
  ) {}

  /** @param actor whose shapes count; its arrays are fed with every call */
  static async compile(
    engine: Engine,
    model: DynamicsModel,
    source: RolloutSource,
    { space, actor, horizon }: { space: PolicySpace; actor: Actor; horizon: number },
  ): Promise<PolicyFutures> {
    const arrays = predictionArrays(model);
    const members = predictedMembers(arrays);
    const functions = source.knowsIgnorance ? FUNCTIONS : 1;
    const rows = 1 + functions * NOISY;
    const { layout } = source;
    const targets = targetCount(layout);
    const specs: TensorSpec[] = [
      ...[...actor.arrays].map(([name, { shape }]) => ({ name, shape })),
      { name: 'state', shape: [1, 1, stateWidth(layout)] },
      { name: 'seen', shape: [1, 1, stateWidth(space.layout)] },
      { name: 'noise', shape: [horizon * members, rows, targets] },
    ];
    if (source.knowsIgnorance) specs.push({ name: 'function', shape: [members, rows, targets] });
    const low = space.actions.map((range) => range.low);
    const half = space.actions.map((range) => (range.high - range.low) / 2);
    const program: TensorProgram = (fed) => {
      const predictor = predictorOf(model, arrayConstants(arrays));
      const noises = tf.split(fed.noise as tf.Tensor3D, horizon, 0);
      const everywhere = (name: string) => tf.tile(fed[name] as tf.Tensor3D, [members, rows, 1]);
      let [state, seen] = [everywhere('state'), everywhere('seen')];
      const states: tf.Tensor3D[] = [];
      const actions: tf.Tensor3D[] = [];
      const rewards: tf.Tensor3D[] = [];
      for (const noise of noises) {
        const all = tf.reshape(seen, [1, members * rows, -1]) as tf.Tensor3D;
        const units = greedyAction(space, actor.shape, fed, policyInputs(space, fed, all));
        const physical = tf.add(tf.tensor1d(low), tf.mul(tf.tensor1d(half), tf.add(units, 1)));
        const action = tf.reshape(physical, [members, rows, low.length]) as tf.Tensor3D;
        const draws = { noise, ...(fed.function && { function: fed.function }) };
        const target = drawnTargets(predictor.predict(state, action), draws);
        state = nextState(layout, state, action, target);
        seen = nextState(space.layout, seen, action, target);
        states.push(observationOf(layout, state));
        actions.push(action);
        if (model.eyes) rewards.push(rewardOf(layout, target));
      }
      const earned = model.eyes && { rewards: tf.concat(rewards, 0) };
      return { states: tf.concat(states, 0), actions: tf.concat(actions, 0), ...earned };
    };
    return new PolicyFutures(
      await engine.compile(program, specs, { name: `policy in the model, ${horizon} steps`, threads: 1 }),
      { members, functions, rows, horizon },
      space,
      source,
      await source.territory?.(horizon),
    );
  }

  /**
   * @param state [stateWidth of the model], seen [stateWidth of the policy]: where it begins
   * @param draw also give futures to be drawn
   */
  async imagine(
    { arrays }: Actor,
    {
      state,
      seen,
      task,
      draw,
    }: { state: Float32Array; seen: Float32Array; task: CompiledTask; draw: boolean },
    random: Random,
  ): Promise<ImaginedPolicy> {
    const { members, functions, rows, horizon } = this.shape;
    const feeds: Record<string, Float32Array> = { state, seen, ...this.#noise(random) };
    for (const [name, { values }] of arrays) feeds[name] = values;
    const outputs = await this.program.run(feeds);
    const { states, actions, rewards } = outputs as Record<'states' | 'actions', Float32Array> & Rewards;
    const future = (member: number, row: number) =>
      this.#future({ states, actions, rewards, start: state, at: member * rows + row }, task);
    const quiet = Array.from({ length: members }, (_, member) => future(member, 0));
    const noisy: Future[] = [];
    // In the order of returnParts: one future of everybody after the other.
    for (let draws = 0; draws < NOISY; draws++)
      for (let member = 0; member < members; member++)
        for (let one = 0; one < functions; one++) noisy.push(future(member, 1 + draws * functions + one));
    const width = this.source.layout.angles.length;
    const raw = Array.from({ length: members }, (_, m) => this.#trajectory(states, state, m * rows));
    const { mean: centre, std: deviation } = moments(raw, (horizon + 1) * width);
    const factors = this.source.deviationFactors;
    const returns = Float64Array.from(noisy, (one) => one.return);
    const done = this.#actionsOf(actions, 0);
    return {
      expectedReturn: mean(quiet.map((one) => one.return)),
      mean: centre,
      std: factors ? deviation.map((one, i) => one * (factors[i % width] ?? 1)) : deviation,
      candidates: draw
        ? [...quiet.slice(1), ...noisy].filter(
            (one) => Number.isFinite(one.return) && one.trajectory.every(Number.isFinite),
          )
        : [],
      actions: Array.from({ length: horizon }, (_, t) => [...this.#at(done, t, this.space.actions.length)]),
      insight: {
        ...returnParts(returns, members * functions),
        knownSteps: this.territory
          ? await knownSteps(this.territory, this.source.layout, {
              start: state,
              mean: centre,
              actions: done,
            })
          : null,
        particles: noisy.length,
      },
    };
  }

  async dispose(): Promise<void> {
    await Promise.all([this.program.dispose(), this.territory?.dispose()]);
  }

  /** The first row of every member is without; a function is the same at every step. */
  #noise(random: Random): Record<string, Float32Array> {
    const { members, functions, rows, horizon } = this.shape;
    const targets = targetCount(this.source.layout);
    const noise = random.fillNormal(new Float32Array(horizon * members * rows * targets));
    for (let block = 0; block < horizon * members; block++)
      noise.fill(0, block * rows * targets, (block * rows + 1) * targets);
    if (!this.source.knowsIgnorance) return { noise };
    const believed = new Float32Array(members * rows * targets);
    for (let member = 0; member < members; member++) {
      const drawn = random.fillNormal(new Float32Array(functions * targets));
      for (let row = 1; row < rows; row++) {
        const one = (row - 1) % functions;
        believed.set(drawn.subarray(one * targets, (one + 1) * targets), (member * rows + row) * targets);
      }
    }
    return { noise, function: believed };
  }

  #at = (flat: Float32Array, t: number, width: number) => flat.subarray(t * width, (t + 1) * width);

  /** [horizon + 1, observations] of the future at this place, and where it came from. */
  #trajectory(states: Float32Array, start: Float32Array, at: number): Float32Array {
    const width = this.source.layout.angles.length;
    const { members, rows, horizon } = this.shape;
    const trajectory = new Float32Array((horizon + 1) * width);
    trajectory.set(start.subarray(0, width));
    for (let t = 0; t < horizon; t++) {
      trajectory.set(this.#at(states, t * members * rows + at, width), (t + 1) * width);
    }
    return trajectory;
  }

  /** [horizon, actions] of the future at this place. */
  #actionsOf(actions: Float32Array, at: number): Float32Array {
    const width = this.space.actions.length;
    const { members, rows, horizon } = this.shape;
    const own = new Float32Array(horizon * width);
    for (let t = 0; t < horizon; t++) own.set(this.#at(actions, t * members * rows + at, width), t * width);
    return own;
  }

  #future(
    {
      states,
      actions,
      rewards,
      start,
      at,
    }: { states: Float32Array; actions: Float32Array; start: Float32Array; at: number } & Rewards,
    task: CompiledTask,
  ): Future {
    const { horizon, members, rows } = this.shape;
    const width = this.source.layout.angles.length;
    const trajectory = this.#trajectory(states, start, at);
    const own = this.#actionsOf(actions, at);
    let sum = 0;
    for (let t = 0; t < horizon; t++) {
      const [before, after] = [this.#at(trajectory, t, width), this.#at(trajectory, t + 1, width)];
      const action = this.#at(own, t, this.space.actions.length);
      sum += rewards?.[t * members * rows + at] ?? task.reward(before, action, after);
      if (!task.terminated(before, action, after)) continue;
      // Beyond the end the model predicts what never happens.
      for (let rest = t + 2; rest <= horizon; rest++) trajectory.set(after, rest * width);
      break;
    }
    return { trajectory, return: sum };
  }
}
