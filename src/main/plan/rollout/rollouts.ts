import type { Random } from '../../../shared/random';
import { sum } from '../../../shared/statistics';
import type { TaskFile } from '../../../shared/task';
import { arrayConstants, modelClass, predictedMembers, predictionArrays } from '../../dynamics/classes';
import { spreadsOf } from '../../dynamics/data/training-data';
import { compileTerritory } from '../../dynamics/known-territory';
import { modelLayout, targetCount } from '../../dynamics/layout';
import { deviationFactors, deviationUnits } from '../../dynamics/recalibration';
import type { DynamicsModel } from '../../dynamics/types';
import {
  type CompiledProgram,
  createRemoteSession,
  type Engine,
  openPortable,
  type TensorProgram,
  type TensorSpec,
} from '../../tensor';
import { discounts } from '../guide/value-at-end';
import { plannedPrediction } from '../prediction';
import { ROUNDING, relativeReturns, summedReward } from '../reward';
import type { Rollout, RolloutChoice, RolloutResult, RolloutSource } from '../source';
import { joinedResults } from './joined';
import { RolloutFeeds } from './rollout-feeds';
import { rolloutInputs, rolloutProgram } from './rollout-graph';
import { gathered, oneMember } from './rollout-member';
import type { RolloutShape } from './rollout-shape';

export type { Rollout, RolloutChoice, RolloutResult } from '../source';

export interface ModelSource {
  engine: Engine;
  model: DynamicsModel;
  threads: number;
  /** [observations][low, high], null where there is none; those of the model's channels when left out. */
  observationLimits?: readonly ([number, number] | null)[];
}
export interface RolloutModel extends ModelSource {
  task: TaskFile;
}

/** A learned model as what says what would happen. */
export function modelSource(given: ModelSource): RolloutSource {
  const { engine, model } = given;
  const { summary } = model;
  const arrays = predictionArrays(model);
  const members = predictedMembers(arrays);
  const limit = summary.knownTerritory;
  const { knowsIgnorance = false } = modelClass(summary.options.class.name);
  return {
    channels: summary,
    layout: modelLayout(summary),
    deviationFactors: deviationFactors(summary),
    ...{ members, knowsIgnorance },
    compile: (task, choice) => compileRollout({ ...given, task }, choice),
    ...(limit !== null && { territory: (rows: number) => compileTerritory(engine, model, { rows, limit }) }),
    close: async () => {},
  };
}

/**
 * A rollout graph, compiled. With several threads the candidates are dealt to as many graphs, each in a thread of its
 * own: they need nothing of each other, while threads inside one call would wait for each other at every one of its
 * some hundred operations. Which member predicts which row then depends on the number of threads.
 */
export async function compileRollout(given: RolloutModel, choice: RolloutChoice): Promise<Rollout> {
  const { engine, threads } = given;
  const parts = Math.min(threads, choice.candidates);
  const { write } = engine;
  if (parts <= 1 || choice.trajectories || !write) {
    const options = { threads: choice.trajectories ? 1 : threads };
    const { program, specs, ...rest } = rolloutOf(given, choice);
    return new CompiledRollout(
      rest,
      await engine.compile(program, specs, { name: nameOf(rest.shape), ...options }),
    );
  }
  const shares = sharesOf(choice.candidates, parts);
  const rollouts = await Promise.all(
    shares.map(async (candidates, part) => {
      const { program, specs, ...rest } = rolloutOf(given, { ...choice, candidates });
      const options = { name: nameOf(rest.shape), threads: 1 };
      const written = write(program, specs, options);
      // The last part is this thread's own: it blocks, so the others are sent off before it.
      const open = part === parts - 1 ? openPortable : createRemoteSession;
      return new CompiledRollout(rest, await open(written, options));
    }),
  );
  return new SplitRollout(choice, rollouts);
}

const nameOf = ({ candidates, horizon }: RolloutShape): string => `rollout ${candidates} × ${horizon}`;

/** Candidates of every part, about equally many. */
const sharesOf = (candidates: number, parts: number): number[] =>
  Array.from(
    { length: parts },
    (_, part) => Math.floor(((part + 1) * candidates) / parts) - Math.floor((part * candidates) / parts),
  );

/** What a compiled rollout is, besides its program. */
interface Traced {
  shape: RolloutShape;
  members: number;
  /** Part of the reward that every step pays. */
  offset: number;
}

function rolloutOf(
  { model, task, observationLimits }: RolloutModel,
  choice: RolloutChoice,
): Traced & { program: TensorProgram; specs: TensorSpec[] } {
  const { summary } = model;
  const { arrays, ...reward } = summedReward(model, task, choice.learnedReward);
  const members = predictedMembers(arrays);
  const groups = oneMember(choice) ? 1 : members;
  const layout = modelLayout(summary);
  const { class: options } = summary.options;
  const one = modelClass(options.name);
  const functions = one.knowsIgnorance ? functionsOf(choice) : 0;
  const shape: RolloutShape = {
    ...choice,
    ...{ layout, functions },
    groups,
    rowsPerGroup: Math.ceil((choice.candidates * choice.particles) / groups),
    noiseWidth: choice.quiet ? targetCount(layout) : one.noiseWidth(layout, options),
    // Noise and functions among the particles are recalibrated where they are drawn.
    spread:
      choice.noise || functions > 0 ? spreadsOf(layout, model.normaliser.inputStd) : deviationUnits(model),
    observationLimits: observationLimits ?? summary.observations.map(({ limits }) => limits),
  };
  const prediction = plannedPrediction(model, arrays);
  const predict: Parameters<typeof rolloutProgram>[1] = ({ member }) => {
    const constants = arrayConstants(prediction.arrays);
    return prediction.predictor(member ? gathered(constants, members, member) : constants);
  };
  return {
    ...{ shape, members, offset: reward.offset, specs: rolloutInputs(shape, members) },
    program: rolloutProgram(shape, predict, reward),
  };
}

/** As RolloutChoice.functions. */
function functionsOf({ candidates, particles, members, functions, quiet = 0 }: RolloutChoice): number {
  const rows = candidates * particles;
  if (quiet >= rows) return 0;
  return functions ?? { once: 1, fixed: particles, step: rows, moment: rows }[members];
}

/** Several rollouts of the same model, each for its share of the candidates. */
class SplitRollout implements Rollout {
  constructor(
    readonly choice: RolloutChoice,
    private readonly parts: readonly Rollout[],
  ) {}

  get members(): number {
    return this.parts[0]?.members ?? 0;
  }

  get baseline(): number {
    return this.parts[0]?.baseline ?? 0;
  }

  async evaluate(start: ArrayLike<number>, actions: Float32Array, random: Random): Promise<RolloutResult> {
    const size = actions.length / this.choice.candidates;
    let first = 0;
    const results = this.parts.map((part) => {
      const from = first;
      first += part.choice.candidates;
      return part.evaluate(start, actions.subarray(from * size, first * size), random);
    });
    const done = await Promise.all(results);
    // Threads fill theirs one after another, but wait for none.
    return { ...joinedResults(done), feedMs: Math.max(...done.map((result) => result.feedMs ?? 0)) };
  }

  async dispose(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.dispose()));
  }
}

/** One graph, and the arrays that it is fed with. */
class CompiledRollout implements Rollout {
  readonly choice: RolloutChoice;
  readonly members: number;
  readonly baseline: number;
  readonly #feeds: RolloutFeeds;
  readonly #offset: number;
  /** Of an episode as long as the horizon, discounted where rewards are. */
  readonly #steps: number;

  constructor(
    { shape, members, offset }: Traced,
    private readonly program: CompiledProgram,
  ) {
    this.choice = shape;
    this.members = members;
    this.#steps = sum(discounts(shape.value, shape.horizon));
    this.baseline = offset * this.#steps;
    this.#offset = offset;
    this.#feeds = new RolloutFeeds(shape, members);
  }

  async evaluate(start: ArrayLike<number>, actions: Float32Array, random: Random): Promise<RolloutResult> {
    const began = performance.now();
    const feeds = this.#feeds.fill(start, actions, random);
    const feedMs = performance.now() - began;
    const { sums, steps, ...rest } = (await this.program.run(feeds)) as Record<string, Float32Array>;
    const summed = { offset: this.#offset, steps: this.#steps, rounding: ROUNDING.float32 };
    return { ...rest, ...relativeReturns(sums, summed, steps), feedMs };
  }

  dispose(): Promise<void> {
    return this.program.dispose();
  }
}
