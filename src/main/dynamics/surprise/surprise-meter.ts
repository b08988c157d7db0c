import { wrapAngle } from '../../../shared/angles';
import { type Engine, openEngine } from '../../tensor';
import { predictionArrays } from '../classes';
import { OneStep } from '../evaluate/one-step';
import { modelLayout, stateFrom } from '../layout';
import { readModel } from '../model-file';
import type { DynamicsModel } from '../types';

/** One control period as it was recorded: what it began with, and what came. SI units. */
export interface WatchedStep {
  /** [history][observations] oldest first; the last one is what the step began with. */
  observations: number[][];
  /** [history][actions] executed after each. */
  actions: number[][];
  /** [observations] after the step. */
  next: number[];
}

/** How far a model was off, and how far it expected to be; every list has one number an observation channel. */
export interface Surprise {
  /** Squared difference of what came and the members' mean, angles by the shorter way. */
  squaredError: number[];
  /** Variance of the prediction: noise, disagreement of the members and what each does not know. */
  variance: number[];
  /** The part of it that is not noise: large where the model has seen little. */
  epistemic: number[];
}

/** Steps in one call: few when it watches, and enough to go through a model's data quickly. */
const BATCH = 16;

/** A model that is compared, step by step, with what really happens. */
export class SurpriseMeter {
  private constructor(
    private readonly model: DynamicsModel,
    private readonly oneStep: OneStep,
  ) {}

  static async open(modelFile: string): Promise<SurpriseMeter> {
    const [engine, model] = await Promise.all([openEngine(), readModel(modelFile)]);
    return SurpriseMeter.compile(engine, model);
  }

  static async compile(engine: Engine, model: DynamicsModel): Promise<SurpriseMeter> {
    return new SurpriseMeter(model, await OneStep.compile(engine, model, predictionArrays(model), BATCH));
  }

  async measure(steps: readonly WatchedStep[]): Promise<Surprise[]> {
    const layout = modelLayout(this.model.summary);
    const rest = this.model.summary.actions.map(() => 0);
    const { mean, variance, ignorance } = await this.oneStep.moments(
      steps.map(({ observations, actions }) => stateFrom(layout, observations, actions, rest)),
      steps.map(({ actions }) => actions.at(-1) ?? rest),
      () => {},
    );
    const members = mean.length;
    const width = (mean[0]?.length ?? 0) / Math.max(1, steps.length);
    return steps.map(({ observations, next }, row) => {
      const result: Surprise = { squaredError: [], variance: [], epistemic: [] };
      layout.angles.forEach((angle, channel) => {
        const at = row * width + channel;
        const over = (values: Float32Array[] | undefined) =>
          (values ?? []).reduce((sum, one) => sum + one[at], 0) / members;
        const centre = over(mean);
        const between = mean.reduce((sum, one) => sum + (one[at] - centre) ** 2, 0) / members;
        const change = next[channel] - observations.at(-1)![channel];
        const error = angle ? wrapAngle(change - centre) : change - centre;
        const epistemic = between + over(ignorance);
        result.squaredError.push(error * error);
        result.epistemic.push(epistemic);
        result.variance.push(over(variance) + epistemic);
      });
      return result;
    });
  }

  close(): Promise<void> {
    return this.oneStep.dispose();
  }
}
