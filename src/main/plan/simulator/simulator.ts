import { asForesightError } from '../../../shared/errors';
import type { Rig } from '../../../shared/rig';
import type { TaskFile } from '../../../shared/task';
import { openPlant, type Plant } from '../../rig/drivers/mujoco/plant';
import { type CompiledTask, compileTask } from '../../task';
import { ROUNDING, relativeReturns } from '../reward';
import type { RolloutChoice } from '../source';
import type { StateMap } from './simulator-state';

/** Sequences to try on the simulator. Plain data: it travels to threads. */
export interface SimulatorJob {
  task: TaskFile;
  choice: Pick<RolloutChoice, 'horizon' | 'limits' | 'trajectories'>;
  /** [observations] where all of them begin. */
  start: Float64Array;
  /** [delay][actions] commands under way, the oldest first. */
  underWay: Float64Array[];
  /** [candidates, horizon, actions] */
  actions: Float32Array;
}

/** [candidates], as in RolloutResult with one particle. */
export interface SimulatorFutures {
  returns: Float64Array;
  rounding: Float64Array;
  violation?: Float32Array;
  stepsOutside?: Float32Array;
  /** [candidates, horizon, observations] */
  states?: Float32Array;
}

/** A rig's simulator, to be asked what would happen: without its noise, its delay and what the rig changes about it. */
export class Simulator {
  #compiled: { task: string; formulas: CompiledTask } | undefined;

  private constructor(
    private readonly rig: Rig,
    private readonly map: StateMap,
    private readonly plant: Plant,
  ) {}

  static async open(rig: Rig, map: StateMap): Promise<Simulator> {
    const { mujoco } = rig.file;
    const bare = mujoco && { ...mujoco, noise: {}, changes: [], actionDelaySteps: 0 };
    return new Simulator(rig, map, await openPlant({ ...rig, file: { ...rig.file, mujoco: bare } }, 0));
  }

  evaluate(job: SimulatorJob): SimulatorFutures {
    const { choice, actions } = job;
    const width = this.rig.file.actions.length;
    const observations = this.rig.file.observations.length;
    const size = choice.horizon * width;
    const count = actions.length / size;
    const sums = new Float64Array(count);
    const steps = new Float64Array(count);
    const futures: Omit<SimulatorFutures, 'returns' | 'rounding'> = {
      ...(choice.limits && { violation: new Float32Array(count), stepsOutside: new Float32Array(count) }),
      ...(choice.trajectories && { states: new Float32Array(count * choice.horizon * observations) }),
    };
    for (let i = 0; i < count; i++) {
      const sequence = actions.subarray(i * size, (i + 1) * size);
      const states = futures.states?.subarray(
        i * choice.horizon * observations,
        (i + 1) * choice.horizon * observations,
      );
      const future = this.#future(job, sequence, states);
      sums[i] = future.sum;
      steps[i] = future.steps;
      if (futures.violation) futures.violation[i] = future.violation;
      if (futures.stepsOutside) futures.stepsOutside[i] = future.stepsOutside;
    }
    const { offset } = this.#formulas(job.task);
    const summed = { offset, steps: choice.horizon, rounding: ROUNDING.float64 };
    return { ...futures, ...relativeReturns(sums, summed, steps) };
  }

  /** One sequence: Σ of what varies of r(s_t, a_t, s_{t+1}) up to and with the step that terminates. */
  #future({ task, choice, start, underWay }: SimulatorJob, actions: Float32Array, states?: Float32Array) {
    const { varying, terminated } = this.#formulas(task);
    const width = this.rig.file.actions.length;
    const future = { sum: 0, steps: 0, violation: 0, stepsOutside: 0 };
    let before = start;
    this.#putInto(start);
    for (let t = 0; t < choice.horizon; t++) {
      const action = actions.subarray(t * width, (t + 1) * width);
      const after = this.#step(t < underWay.length ? underWay[t] : actions, (t - underWay.length) * width);
      if (!after) {
        states?.fill(Number.NaN, t * start.length);
        return { ...future, sum: Number.NaN };
      }
      future.sum += varying(before, action, after);
      future.steps++;
      if (choice.limits) {
        const violation = this.#violation(after);
        future.violation += violation;
        if (violation > 0) future.stepsOutside++;
      }
      states?.set(after, t * start.length);
      if (terminated(before, action, after)) {
        // Nothing happens after the end: the rest of the states repeat it.
        for (let rest = t + 1; states && rest < choice.horizon; rest++)
          states.set(after, rest * start.length);
        break;
      }
      before = after;
    }
    return future;
  }

  #formulas(task: TaskFile): CompiledTask {
    const key = JSON.stringify(task);
    if (this.#compiled?.task !== key) {
      this.#compiled = { task: key, formulas: compileTask(task, this.rig.file) };
    }
    return this.#compiled.formulas;
  }

  /** A reset first: what an earlier rollout left behind (solver's warm start, a warning) must not tell. */
  #putInto(observation: Float64Array): void {
    const { positions, velocities, rest } = this.map;
    this.plant.reset(0);
    this.plant.setState(
      positions.map((channel, i) => (channel < 0 ? rest[i] : observation[channel])),
      velocities.map((channel) => (channel < 0 ? 0 : observation[channel])),
    );
  }

  /** Undefined where the simulation became unstable. */
  #step(actions: ArrayLike<number> | undefined, offset: number): Float64Array | undefined {
    const begin = Math.max(0, offset);
    const command = Float64Array.from(this.rig.file.actions, (_, a) => actions?.[begin + a] ?? 0);
    try {
      return this.plant.step(command);
    } catch (thrown) {
      if (asForesightError(thrown).code !== 'bad-data') throw thrown;
      return undefined;
    }
  }

  /** Σ over the channels outside their limits of 1 + how far outside, as a share of the range. */
  #violation(observation: Float64Array): number {
    let sum = 0;
    this.rig.file.observations.forEach(({ limits }, i) => {
      if (!limits) return;
      const [low, high] = limits;
      const value = observation[i];
      const outside = Math.max(low - value, value - high, 0);
      if (outside > 0) sum += 1 + outside / (high - low);
    });
    return sum;
  }

  dispose(): void {
    this.plant.dispose();
  }
}
