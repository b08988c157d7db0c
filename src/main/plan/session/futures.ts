import type { PlanInsight } from '../../../shared/plan';
import type { Random } from '../../../shared/random';
import { mean } from '../../../shared/statistics';
import type { TaskFile } from '../../../shared/task';
import type { Territory } from '../../dynamics/known-territory';
import type { ModelLayout } from '../../dynamics/layout';
import { type CompiledTask, compileTask } from '../../task';
import type { Rollout, RolloutChoice, RolloutSource } from '../source';
import type { PlanResult } from '../types';
import { moments, returnParts } from './insight';
import { knownSteps } from './known-steps';

/** Noisy futures of the plan a member, or a function where a member stands for many; and how many of those are drawn. */
const NOISY = 4;
const FUNCTIONS = 4;

/** What was tried for the plan, to be drawn: [candidates, horizon, actions] as executed, and their scores (method.ts). */
export interface Tried {
  candidates: Float32Array;
  scores: Float64Array;
}

export type ImaginedPlan = Pick<PlanResult, 'expectedReturn' | 'mean' | 'std' | 'candidates'> & {
  insight: Pick<PlanInsight, 'expectedReturn' | 'returnStd' | 'disagreement' | 'knownSteps' | 'stepsOutside'>;
  /** As RolloutResult.violation, of the plan. */
  violation: number;
};

/** One call for a plan's futures. */
interface Call {
  rollout: Rollout;
  /** Rows of candidates to be drawn, after those of the members. */
  drawn: number;
}

/**
 * A finished plan's futures, all in one call. Rows, each a candidate of its own and predicted by member row mod members:
 * the plan through every member by its means, candidates to be drawn, and the plan through every member with noise. A
 * member that knows what it does not know stands for many functions, and the plan goes through some of them instead.
 * Where nobody watches, the call is one without candidates; what it says of the plan is the same.
 */
export class PlanFutures {
  private constructor(
    private readonly layout: ModelLayout,
    /** Without candidates to be drawn, and with them; the same where there are none. */
    private readonly calls: { alone: Call; watched: Call },
    private readonly task: CompiledTask,
    private readonly territory: Territory | undefined,
    /** What the noisy rows are of: members, or their functions. */
    private readonly groups: number,
    /** [observations] on the members' deviation. */
    private readonly factors: Float64Array | undefined,
  ) {}

  /** @param draw candidates to be drawn at most */
  static async compile(
    source: RolloutSource,
    task: TaskFile,
    choice: Pick<RolloutChoice, 'horizon' | 'limits' | 'learnedReward'>,
    { draw, noise }: { draw: number; noise: boolean },
  ): Promise<PlanFutures> {
    const { members } = source;
    const groups = source.knowsIgnorance ? members * FUNCTIONS : members;
    const made: Rollout[] = [];
    const callFor = async (wanted: number): Promise<Call> => {
      // Whole groups, so that noisy rows are of the same members and functions however many are drawn.
      const quiet = groups * Math.ceil((members + wanted) / groups);
      const rollout = await source.compile(task, {
        ...choice,
        ...{ candidates: quiet + (noise ? groups * NOISY : 0), particles: 1, members: 'fixed' },
        ...{ variance: false, trajectories: true, noise, quiet, functions: groups },
      });
      made.push(rollout);
      return { rollout, drawn: quiet - members };
    };
    try {
      const alone = await callFor(0);
      const watched = draw > 0 ? await callFor(draw) : alone;
      const territory = await source.territory?.(choice.horizon);
      return new PlanFutures(
        source.layout,
        { alone, watched },
        compileTask(task, source.channels),
        territory,
        groups,
        source.deviationFactors,
      );
    } catch (thrown) {
      await Promise.all(made.map((rollout) => rollout.dispose()));
      throw thrown;
    }
  }

  /**
   * @param start [stateWidth]
   * @param actions [horizon, actions] the plan as executed
   * @param tried to be drawn; undefined where nobody watches
   */
  async imagine(
    start: Float32Array,
    actions: Float32Array,
    tried: Tried | undefined,
    draw: number,
    random: Random,
  ): Promise<ImaginedPlan> {
    const { layout, groups } = this;
    const { rollout, drawn: room } = tried ? this.calls.watched : this.calls.alone;
    const { candidates, horizon } = rollout.choice;
    const { members } = rollout;
    const size = actions.length;
    const rows = new Float32Array(candidates * size);
    for (let row = 0; row < candidates; row++) rows.set(actions, row * size);
    const count = tried ? Math.min(draw, room, tried.scores.length) : 0;
    // Evenly spread over the candidates: what the planner looked at, not only what it liked.
    const drawn = Array.from({ length: count }, (_, i) => ({
      row: members + i,
      candidate: Math.floor((i * (tried?.scores.length ?? 0)) / count),
    }));
    for (const { row, candidate } of drawn) {
      rows.set(tried?.candidates.subarray(candidate * size, (candidate + 1) * size) ?? actions, row * size);
    }
    const result = await rollout.evaluate(start, rows, random);
    const trajectory = (row: number) => this.#trajectory(result.states, row, start);
    const { mean: centre, std: deviation } = moments(
      Array.from({ length: members }, (_, m) => trajectory(m)),
      (horizon + 1) * layout.angles.length,
    );
    const { factors } = this;
    const std = factors ? deviation.map((one, i) => one * factors[i % factors.length]) : deviation;
    const { baseline } = rollout;
    const quiet = result.returns.subarray(0, members);
    const noisy = result.returns.subarray(members + room);
    const { expectedReturn, ...parts } =
      noisy.length > 0 ? returnParts(noisy, groups) : returnParts(quiet, members);
    return {
      ...{ expectedReturn: mean(quiet) + baseline, mean: centre, std },
      candidates: drawn
        .map(({ row, candidate }) => ({
          return: (tried?.scores[candidate] ?? Number.NaN) + baseline,
          trajectory: this.#untilEnd(trajectory(row), rows.subarray(row * size, (row + 1) * size)),
        }))
        .filter((drawing) => Number.isFinite(drawing.return) && drawing.trajectory.every(Number.isFinite)),
      violation: result.violation ? mean(result.violation.subarray(0, members)) : 0,
      insight: {
        ...{ ...parts, expectedReturn: expectedReturn === null ? null : expectedReturn + baseline },
        knownSteps: this.territory
          ? await knownSteps(this.territory, layout, { start, mean: centre, actions })
          : null,
        stepsOutside: result.stepsOutside ? mean(result.stepsOutside.subarray(0, members)) : 0,
      },
    };
  }

  /** [horizon + 1, observations] of one row: the start, then its states. */
  #trajectory(states: Float32Array | undefined, row: number, start: Float32Array): Float32Array {
    const width = this.layout.angles.length;
    const size = this.calls.alone.rollout.choice.horizon * width;
    const trajectory = new Float32Array(size + width);
    trajectory.set(start.subarray(0, width));
    if (states) trajectory.set(states.subarray(row * size, (row + 1) * size), width);
    return trajectory;
  }

  /** Beyond the end of an episode the model predicts what never happens; the drawing stays at the end instead. */
  #untilEnd(trajectory: Float32Array, actions: Float32Array): Float32Array {
    const { angles, actions: width } = this.layout;
    const rows = trajectory.length / angles.length;
    const at = (t: number) => trajectory.subarray(t * angles.length, (t + 1) * angles.length);
    for (let t = 0; t + 1 < rows; t++) {
      const action = actions.subarray(t * width, (t + 1) * width);
      if (!this.task.terminated(at(t), action, at(t + 1))) continue;
      for (let rest = t + 2; rest < rows; rest++) trajectory.set(at(t + 1), rest * angles.length);
      break;
    }
    return trajectory;
  }

  async dispose(): Promise<void> {
    const rollouts = new Set([this.calls.alone.rollout, this.calls.watched.rollout]);
    await Promise.all([...[...rollouts].map((rollout) => rollout.dispose()), this.territory?.dispose()]);
  }
}
