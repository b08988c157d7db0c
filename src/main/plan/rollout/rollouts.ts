import type { Random } from '../../../shared/random';
import type { TaskFile } from '../../../shared/task';
import {
  arrayConstants,
  modelClass,
  predictedMembers,
  predictionArrays,
  predictorOf,
} from '../../dynamics/classes';
import { spreadsOf } from '../../dynamics/data/training-data';
import { compileTerritory } from '../../dynamics/known-territory';
import { modelLayout, targetCount } from '../../dynamics/layout';
import type { DynamicsModel } from '../../dynamics/types';
import { compileTensorTask } from '../../task';
import {
  type CompiledProgram,
  createRemoteSession,
  createSession,
  type Engine,
  type TensorProgram,
  type TensorSpec,
  traceProgram,
} from '../../tensor';
import { requireLearnedReward } from '../objective';
import type { Rollout, RolloutChoice, RolloutResult, RolloutSource } from '../source';
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
  return {
    channels: summary,
    layout: modelLayout(summary),
    members,
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
  if (parts <= 1 || choice.trajectories || engine.name !== 'onnxruntime') {
    const options = { threads: choice.trajectories ? 1 : threads };
    const { shape, members, program, specs } = rolloutOf(given, choice);
    return new CompiledRollout(
      shape,
      members,
      await engine.compile(program, specs, { name: nameOf(shape), ...options }),
    );
  }
  const shares = sharesOf(choice.candidates, parts);
  const rollouts = await Promise.all(
    shares.map(async (candidates, part) => {
      const { shape, members, program, specs } = rolloutOf(given, { ...choice, candidates });
      const options = { name: nameOf(shape), threads: 1 };
      const { onnx } = traceProgram(program, specs, options);
      // The last part is this thread's own: it blocks, so the others are sent off before it.
      const open = part === parts - 1 ? createSession : createRemoteSession;
      return new CompiledRollout(shape, members, await open(onnx, options));
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

function rolloutOf(
  { model, task, observationLimits }: RolloutModel,
  choice: RolloutChoice,
): { shape: RolloutShape; members: number; program: TensorProgram; specs: TensorSpec[] } {
  const { summary } = model;
  const arrays = predictionArrays(model);
  const members = predictedMembers(arrays);
  const groups = oneMember(choice) ? 1 : members;
  const layout = modelLayout(summary);
  if (choice.learnedReward) requireLearnedReward(summary.name, layout);
  const { class: options } = summary.options;
  const shape: RolloutShape = {
    ...choice,
    layout,
    groups,
    rowsPerGroup: Math.ceil((choice.candidates * choice.particles) / groups),
    noiseWidth: choice.quiet ? targetCount(layout) : modelClass(options.name).noiseWidth(layout, options),
    spread: spreadsOf(layout, model.normaliser.inputStd),
    observationLimits: observationLimits ?? summary.observations.map(({ limits }) => limits),
  };
  const tensorTask = compileTensorTask(task, summary);
  const predict: Parameters<typeof rolloutProgram>[1] = ({ member }) => {
    const constants = arrayConstants(arrays);
    return predictorOf(model, member ? gathered(constants, members, member) : constants);
  };
  return {
    ...{ shape, members, specs: rolloutInputs(shape, members) },
    program: rolloutProgram(shape, predict, tensorTask),
  };
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

  async evaluate(start: ArrayLike<number>, actions: Float32Array, random: Random): Promise<RolloutResult> {
    const size = actions.length / this.choice.candidates;
    let first = 0;
    const results = this.parts.map((part) => {
      const from = first;
      first += part.choice.candidates;
      return part.evaluate(start, actions.subarray(from * size, first * size), random);
    });
    const [head = { returns: new Float32Array(0) }, ...rest] = await Promise.all(results);
    const join = (name: 'returns' | 'variance' | 'violation' | 'stepsOutside') => {
      const parts = [head, ...rest].map((result) => result[name] ?? new Float32Array(0));
      const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
      let to = 0;
      for (const part of parts) {
        whole.set(part, to);
        to += part.length;
      }
      return whole;
    };
    return {
      returns: join('returns'),
      // Threads fill theirs one after another, but wait for none.
      feedMs: Math.max(...[head, ...rest].map((result) => result.feedMs ?? 0)),
      ...(head.variance && { variance: join('variance') }),
      ...(head.violation && { violation: join('violation') }),
      ...(head.stepsOutside && { stepsOutside: join('stepsOutside') }),
    };
  }

  async dispose(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.dispose()));
  }
}

/** One graph, and the arrays that it is fed with. */
class CompiledRollout implements Rollout {
  readonly choice: RolloutChoice;
  readonly #feeds: RolloutFeeds;

  constructor(
    shape: RolloutShape,
    readonly members: number,
    private readonly program: CompiledProgram,
  ) {
    this.choice = shape;
    this.#feeds = new RolloutFeeds(shape, members);
  }

  async evaluate(start: ArrayLike<number>, actions: Float32Array, random: Random): Promise<RolloutResult> {
    const began = performance.now();
    const feeds = this.#feeds.fill(start, actions, random);
    const feedMs = performance.now() - began;
    const results = await this.program.run(feeds);
    return { ...(results as unknown as RolloutResult), feedMs };
  }

  dispose(): Promise<void> {
    return this.program.dispose();
  }
}
