import type { TrainOptions } from '../../../shared/model-options';
import { Random, type RandomState } from '../../../shared/random';
import type { Engine } from '../../tensor';
import type { Arrays } from '../classes/types';
import type { TrainingData } from '../data/training-data';
import { lossMethod } from '../losses';
import type { Stage } from '../losses/types';
import { adamSchedule } from './adam';
import { BatchSampler, type SamplerState } from './batches';
import { compilePrograms, paceOf, type State, stepShape } from './train-programs';
import { gradientClass, noiseSpecs } from './train-step';

/**
 * One member's training between two engine calls: all that its next call depends on beside the data and the options, as
 * plain data, so that it can go to another thread and into a file.
 */
export interface MemberState {
  member: number;
  /** Weights, small ones packed, and the optimiser's state (train-step.ts, `initialState`). */
  arrays: State;
  /** Weights after the best pass of the stage; null before the first. */
  best: { loss: number; weights: State } | null;
  /** Passes over the data that it has gone through, in all stages. */
  epoch: number;
  /** Calls of the pass in hand that are done, and the sum of their losses. */
  calls: number;
  lossSum: number;
  /** Optimisation steps so far. */
  steps: number;
  /** Null at the beginning of a stage. */
  drawn: { batches: SamplerState; noise: RandomState } | null;
}

/** What a member's pass over the data came to. */
export interface Pass {
  epoch: number;
  train: number;
  holdOut: number | null;
}

/**
 * Longest that a thread works on one member before it says how far it is, and in this thread the longest that nothing
 * else gets its turn; a single engine call may take longer.
 */
export const UNIT_MS = 50;

/** What a stage of a training is computed from, the same for all members and threads. */
export interface StageSetup {
  data: TrainingData;
  options: TrainOptions;
  /** Index into the loss's stages. */
  stage: number;
  /** Of this stage. */
  seed: number;
  /** One member's weights, of which only names and shapes count. */
  template: Arrays;
  /** Threads inside one engine call. The results do not depend on it. */
  threads: number;
}

/** Trains members of one stage, one at a time, in the thread that it was opened in. */
export interface StageRunner {
  /**
   * Goes on with a member until it has gone through `until` passes or the time is over, by at least one engine call.
   * @returns its new state, and the passes that it has finished meanwhile
   */
  run(state: MemberState, until: number, budgetMs: number): Promise<{ state: MemberState; passes: Pass[] }>;
  close(): Promise<void>;
}

export const stagesOf = ({ loss }: TrainOptions): Stage[] => lossMethod(loss.name).stages(loss);

/** Compiles what a stage needs. @throws bad-data, engine */
export async function openStage(engine: Engine, setup: StageSetup): Promise<StageRunner> {
  const { data, options, template, threads } = setup;
  const stage = stagesOf(options)[setup.stage] as Stage;
  const method = lossMethod(options.loss.name);
  const one = gradientClass(options.class);
  const starts = method.starts(data, stage, 'train');
  const pace = paceOf(data, options, stage, engine.eager, starts);
  const shape = stepShape(data, options, stage, pace);
  const noise = noiseSpecs(shape, 1);
  const programs = await compilePrograms(engine, { weights: template, shape, data, threads });

  const sources = new Map<number, { batches: BatchSampler; noise: Random }>();
  const sourcesOf = ({ member, drawn }: MemberState) => {
    let source = sources.get(member);
    if (source === undefined) {
      const random = new Random(setup.seed).fork(`member ${member}`);
      const sampling = { batch: pace.batch, unroll: pace.unroll, bootstrap: one.bootstrap(options.class) };
      const batches = new BatchSampler(data, { method, stage }, sampling, random, starts);
      source = { batches, noise: random.fork('noise') };
      sources.set(member, source);
    }
    if (drawn !== null) {
      source.batches.restore(drawn.batches);
      source.noise.restore(drawn.noise);
    }
    return source;
  };

  const finishPass = async (state: MemberState): Promise<Pass> => {
    const holdOut = programs.judge ? (await programs.judge(state.arrays))[0] : null;
    const train = state.lossSum / state.calls;
    state.epoch++;
    [state.calls, state.lossSum] = [0, 0];
    const loss = holdOut ?? train;
    if (state.best === null || loss < state.best.loss) {
      state.best = { loss, weights: weightsIn(state.arrays) };
    }
    return { epoch: state.epoch, train, holdOut };
  };

  return {
    async run(given, until, budgetMs) {
      const began = performance.now();
      const source = sourcesOf(given);
      const state = { ...given };
      const passes: Pass[] = [];
      do {
        const schedule = adamSchedule(options.learningRate, state.steps + 1, pace.unroll);
        const feeds = { ...source.batches.next(), ...drawNoise(noise, source.noise), schedule };
        const outputs = await programs.step({ ...state.arrays, ...feeds });
        state.arrays = outputs.state;
        state.steps += pace.unroll;
        state.calls++;
        state.lossSum += outputs.nll[0];
        if (state.calls === pace.callsPerEpoch) passes.push(await finishPass(state));
      } while (state.epoch < until && performance.now() - began < budgetMs);
      state.drawn = { batches: source.batches.state(), noise: source.noise.state() };
      return { state, passes };
    },
    async close() {
      await programs.dispose();
    },
  };
}

/** Of a training's arrays the weights: what is no moment of the optimiser. They are not copied: no call changes them. */
const weightsIn = (arrays: State): State =>
  Object.fromEntries(Object.entries(arrays).filter(([name]) => !/^(first|second)\//.test(name)));

/** The class's random numbers for one call. */
function drawNoise(specs: ReturnType<typeof noiseSpecs>, random: Random): State {
  return Object.fromEntries(
    specs.map(({ name, shape, kind }) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
      return [name, kind === 'normal' ? random.fillNormal(values) : random.fillUniform(values)];
    }),
  );
}
