import type { PlannerOptions } from '../../../shared/plan';
import type { Random } from '../../../shared/random';
import { shareOf } from '../../../shared/statistics';
import type { TaskFile } from '../../../shared/task';
import { candidatesOf, populationsOf } from '../methods';
import type { Rollout, RolloutChoice, RolloutResult, RolloutSource } from '../source';

/** Sizes of an automatic budget, as shares of the most candidates. */
const SHARES = [1, 0.75, 0.55, 0.4, 0.28, 0.2];

/** Candidates that graphs are compiled for, descending: a graph computes its size, however few candidates it gets. */
export function ladderSizes(planner: PlannerOptions): number[] {
  const most = candidatesOf(planner);
  const sizes = [most];
  if (planner.budget === 'auto') sizes.push(...SHARES.map((share) => Math.max(2, shareOf(share, most))));
  else sizes.push(...populationsOf(planner));
  return [...new Set(sizes)].filter((size) => size <= most).sort((a, b) => b - a);
}

/** The same rollout for several numbers of candidates. */
export class Ladder {
  private constructor(
    /** The largest first. */
    private readonly rungs: readonly Rollout[],
    /** Numbers in one sequence. */
    private readonly size: number,
  ) {}

  static async compile(
    source: RolloutSource,
    task: TaskFile,
    choice: Omit<RolloutChoice, 'candidates'>,
    sizes: readonly number[],
  ): Promise<Ladder> {
    const rungs: Rollout[] = [];
    try {
      for (const candidates of sizes) rungs.push(await source.compile(task, { ...choice, candidates }));
    } catch (thrown) {
      await Promise.all(rungs.map((rung) => rung.dispose()));
      throw thrown;
    }
    return new Ladder(rungs, choice.horizon * source.layout.actions);
  }

  /** As Rollout.baseline, of all of them. */
  get baseline(): number {
    return this.rungs[0]?.baseline ?? 0;
  }

  /** Of the largest. */
  get choice(): RolloutChoice {
    const [largest] = this.rungs;
    if (!largest) throw new RangeError('a ladder has rungs');
    return largest.choice;
  }

  /**
   * @param actions [n, horizon, actions], n at most the largest size
   * @returns of these n candidates
   * @throws RangeError for more
   */
  async evaluate(start: ArrayLike<number>, actions: Float32Array, random: Random): Promise<RolloutResult> {
    const count = actions.length / this.size;
    const rung = this.rungs.findLast(({ choice }) => choice.candidates >= count);
    if (!rung) throw new RangeError(`${count} candidates are more than the planner's own`);
    const { candidates } = rung.choice;
    if (candidates === count) return rung.evaluate(start, actions, random);
    const filled = new Float32Array(candidates * this.size);
    filled.set(actions);
    const all = await rung.evaluate(start, filled, random);
    const own = (values: Float32Array) => values.subarray(0, (values.length / candidates) * count);
    const rows = (all.returns.length / candidates) * count;
    return {
      returns: all.returns.subarray(0, rows),
      rounding: all.rounding.subarray(0, rows),
      feedMs: all.feedMs,
      ...(all.variance && { variance: own(all.variance) }),
      ...(all.violation && { violation: own(all.violation) }),
      ...(all.stepsOutside && { stepsOutside: own(all.stepsOutside) }),
    };
  }

  async dispose(): Promise<void> {
    await Promise.all(this.rungs.map((rung) => rung.dispose()));
  }
}
