import { ForesightError } from '../../shared/errors';
import { PropagationOptions, type RunAdjustment } from '../../shared/plan';
import type { Rig } from '../../shared/rig';
import { type Planner, startPlanner } from '../plan';
import type { PlanSetup } from '../plan/types';
import { type CompiledTask, compileTask } from '../task';

/** The planner of a run, and what may be exchanged while it goes on: the model, the task, how futures are judged. */
export class LivePlanner {
  #task: CompiledTask;
  /** Exchanges come one after another: each is made from what the one before it left. */
  #work: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly planner: Planner,
    private current: PlanSetup,
    private readonly rig: Rig,
  ) {
    this.#task = compileTask(current.task, rig.file);
  }

  static async start(setup: PlanSetup, rig: Rig): Promise<LivePlanner> {
    return new LivePlanner(await startPlanner(setup), setup, rig);
  }

  /** As of the newest exchange. */
  get setup(): PlanSetup {
    return this.current;
  }

  /** The task of the plans and of the recorded reward. */
  get task(): CompiledTask {
    return this.#task;
  }

  /**
   * Everything or, where something is wrong, nothing: then the run goes on as before.
   * @returns what has changed, as a sentence; null when nothing has
   * @throws ForesightError a formula that does not fit the rig; what compiling throws
   */
  adjust(adjustment: RunAdjustment): Promise<string | null> {
    return this.#next(async () => {
      const { task, ...judging } = adjustment;
      const given = Object.fromEntries(Object.entries(judging).filter(([, value]) => value !== undefined));
      const propagation: PropagationOptions = { ...this.current.propagation, ...given };
      const setup: PlanSetup = { ...this.current, propagation, ...(task && { task }) };
      const what = difference(this.current, setup);
      if (what === null) return null;
      if (task && propagation.reward === 'learned') {
        throw new ForesightError(
          'wrong-use',
          'This run plans on the reward that the model has learned, so a new formula would change nothing.',
          "Start a run that plans on the task's reward.",
        );
      }
      const compiled = compileTask(setup.task, this.rig.file);
      await this.planner.swap(setup);
      this.current = setup;
      this.#task = compiled;
      return what;
    });
  }

  /** The model of this file plans from the next plan on. */
  takeOver(modelFile: string): Promise<void> {
    return this.#next(async () => {
      const setup = { ...this.current, modelFile };
      await this.planner.swap(setup);
      this.current = setup;
    });
  }

  close(): Promise<void> {
    return this.planner.close();
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => undefined); // whoever asked for it hears of it
    return result;
  }
}

/** "Pessimism λ 1 → 3, reward now exp(-x)." */
function difference(was: PlanSetup, is: PlanSetup): string | null {
  const keys = Object.keys(PropagationOptions.shape) as (keyof PropagationOptions)[];
  const parts = keys
    .filter((key) => was.propagation[key] !== is.propagation[key])
    .map((key) => {
      const title = PropagationOptions.shape[key].meta()?.title ?? key;
      return `${title} ${was.propagation[key]} → ${is.propagation[key]}`;
    });
  for (const key of ['reward', 'termination'] as const) {
    if (was.task[key] !== is.task[key])
      parts.push(`${key} now ${is.task[key] === '' ? 'never' : is.task[key]}`);
  }
  for (const key of ['name', 'maxSteps', 'maxReturn'] as const) {
    if (was.task[key] !== is.task[key]) parts.push(`the task's ${key} ${was.task[key]} → ${is.task[key]}`);
  }
  return parts.length === 0 ? null : `${parts.join(', ')}.`;
}
