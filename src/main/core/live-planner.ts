import { ForesightError } from '../../shared/errors';
import { type PlanAdjustment, PropagationOptions, plannersThat, plannerTraits } from '../../shared/plan';
import type { Rig } from '../../shared/rig';
import type { TaskFile } from '../../shared/task';
import { type Planner, startPlanner } from '../plan/thread';
import type { PlanSetup } from '../plan/types';
import { type CompiledTask, compileTask } from '../task';
import { adjustmentWords } from './adjustment-words';

/** The planner of a run, and what may be exchanged while it goes on: the model, the task, how futures are judged. */
export class LivePlanner {
  #task: CompiledTask;
  /** Exchanges come one after another: each is made from what the one before it left. */
  #work: Promise<unknown> = Promise.resolve();
  #gathered: { adjustment: PlanAdjustment; done: Promise<unknown> } | undefined;

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
   * Everything or, where something is wrong, nothing: then the run goes on as before. What comes while an exchange is in the
   * making is gathered, so that a slider that is dragged does not leave a queue behind it.
   * @returns what has changed, as a sentence; null when nothing has. Who was gathered with others hears of all of it once.
   * @throws ForesightError a formula that does not fit the rig, a control that the planner has no use for; what compiling throws
   */
  async adjust(adjustment: PlanAdjustment): Promise<string | null> {
    this.#requireUsed(given(adjustment));
    if (adjustment.task) this.#requireUsable(adjustment.task);
    if (this.#gathered) {
      Object.assign(this.#gathered.adjustment, given(adjustment));
      await this.#gathered.done;
      return null;
    }
    const together = given(adjustment);
    const done = this.#next(() => {
      this.#gathered = undefined;
      return this.#apply(together);
    });
    this.#gathered = { adjustment: together, done };
    return done;
  }

  async #apply(adjustment: PlanAdjustment): Promise<string | null> {
    const { task, ...judging } = adjustment;
    const setup: PlanSetup = {
      ...this.current,
      propagation: { ...this.current.propagation, ...judging },
      ...(task && { task }),
    };
    const what = adjustmentWords(this.current, setup);
    if (what === null) return null;
    await this.planner.adjust(adjustment);
    this.current = setup;
    if (task) this.#task = compileTask(task, this.rig.file);
    return what;
  }

  #requireUsed(adjustment: PlanAdjustment): void {
    const { method } = this.current.planner;
    const unused = plannerTraits(method).unused.find((control) => control in adjustment);
    if (unused === undefined) return;
    const title = PropagationOptions.shape[unused].meta()?.title ?? unused;
    throw new ForesightError(
      'wrong-use',
      `"${title}" would change nothing: the planner ${method} does not plan with it.`,
      `Adjust something else, or start a run with ${plannersThat((traits) => !traits.unused.includes(unused))}.`,
    );
  }

  #requireUsable(task: TaskFile): void {
    compileTask(task, this.rig.file);
    if (this.current.propagation.reward !== 'learned') return;
    throw new ForesightError(
      'wrong-use',
      'This run plans on the reward that the model has learned, so a new formula would change nothing.',
      "Start a run that plans on the task's reward.",
    );
  }

  /** The model of this file plans from the next plan on, and asks the policy of the other one, where one is given. */
  takeOver(modelFile: string, policyFile?: string): Promise<void> {
    return this.#next(async () => {
      const setup = withModel(this.current, modelFile, policyFile);
      await this.planner.swap(setup);
      this.current = setup;
    });
  }

  /** Resolves when everything that was asked for until now has taken effect, or failed. */
  async settled(): Promise<void> {
    await this.#work;
  }

  async close(): Promise<void> {
    await this.planner.close();
    await this.#work;
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => undefined); // whoever asked for it hears of it
    return result;
  }
}

/** The same with another model, which says its spread by itself, and with another policy, where one is given. */
export function withModel(
  { recalibration: _, ...rest }: PlanSetup,
  modelFile: string,
  policyFile?: string,
): PlanSetup {
  return { ...rest, modelFile, ...(policyFile !== undefined && { policyFile }) };
}

/** Without what was left out. */
const given = (adjustment: PlanAdjustment): PlanAdjustment =>
  Object.fromEntries(Object.entries(adjustment).filter(([, value]) => value !== undefined));
