import type { RunInput } from '../../shared/contract';
import type { RunAdjustment } from '../../shared/plan';
import { Random } from '../../shared/random';
import type { Rig } from '../../shared/rig';
import type { ActivityState } from '../../shared/telemetry';
import type { RigSession } from '../control/rig-session';
import type { Log } from '../log/types';
import { planBounds, simulatedRig } from '../plan/thread';
import type { PlanSetup } from '../plan/types';
import { Adaptation } from './adaptation';
import type { EpisodeOrder } from './conductor';
import { EpisodePlanner } from './episode-planner';
import { LivePlanner } from './live-planner';
import { type Models, summaryOf } from './models';
import type { Notices } from './notices';
import type { RigDesk } from './rig-desk';
import { RunNotes } from './run-notes';
import type { Telemetry } from './telemetry';

export interface RunSurroundings {
  desk: RigDesk;
  log: Log;
  models: Models;
  telemetry: Telemetry;
  notices: Notices;
  /** The right to move the rig: void, and the run ends. */
  permit: AbortSignal;
  announce(change: Partial<ActivityState>): void;
}

/** A rig that plans with a model, or on a simulator, for some episodes. */
export class Run {
  readonly #random: Random;

  private constructor(
    private readonly around: RunSurroundings,
    private readonly session: RigSession,
    private readonly rig: Rig,
    private readonly id: number,
    private readonly live: LivePlanner,
    private readonly planner: EpisodePlanner,
    private readonly notes: RunNotes,
    private readonly adaptation: Adaptation | null,
    seed: number,
  ) {
    this.#random = new Random(seed);
    // A lesson that goes on beside the run has nothing to teach any more.
    around.permit.addEventListener('abort', () => adaptation?.stop(), { once: true });
  }

  /**
   * Compiles everything first, so that the first step is not late.
   * @throws ForesightError also the permit's reason, when it became void meanwhile
   */
  static async begin(around: RunSurroundings, input: RunInput): Promise<Run> {
    const { desk, log, models, telemetry, permit } = around;
    const { session, rig } = desk.require();
    const task = input.task ?? rig.file.task;
    const record = input.dynamics === 'model' ? await models.record(input.model) : null;
    if (record) models.requireFits(record, rig);
    const setup: PlanSetup = {
      modelFile: record ? models.fileOf(record.hash) : '',
      ...(record
        ? { recalibration: summaryOf(record).recalibration }
        : { simulator: await simulatedRig(rig) }),
      ...{ task, planner: input.planner, propagation: input.propagation },
      ...planBounds(rig.file),
      ...{ threads: input.planner.threads, seed: input.seed },
    };
    permit.throwIfAborted();
    const notes = new RunNotes(log, telemetry);
    const starting = LivePlanner.start(setup, rig);
    const beginAdaptation = record
      ? Adaptation.begin({
          ...around,
          ...{ notes, live: starting, rig, options: input.adapt, model: summaryOf(record) },
          seed: input.seed,
        })
      : Promise.resolve(null);
    const [live, adaptation] = await Promise.allSettled([starting, beginAdaptation]);
    if (permit.aborted || live.status === 'rejected' || adaptation.status === 'rejected') {
      if (live.status === 'fulfilled') await live.value.close();
      if (adaptation.status === 'fulfilled') await adaptation.value?.close();
      permit.throwIfAborted();
      throw [live, adaptation].find((one) => one.status === 'rejected')?.reason;
    }
    const episodePlanner = new EpisodePlanner(live.value.planner, telemetry, {
      periodSeconds: rig.file.periodSeconds,
      observations: rig.file.observations.length,
      // A simulator must be told of the commands that are still under way to it.
      history: record
        ? summaryOf(record).options.history
        : 1 + (setup.simulator?.file.mujoco?.actionDelaySteps ?? 0),
    });
    const run = await log.beginRun({
      rig: rig.file.name,
      model: record?.hash ?? null,
      policy: null,
      settings: { ...input, task },
    });
    return new Run(
      around,
      session,
      rig,
      run,
      live.value,
      episodePlanner,
      notes,
      adaptation.value,
      input.seed,
    );
  }

  /** What the episode of this index, from 0, is conducted by. */
  order(index: number): EpisodeOrder {
    const { session, rig, live, notes, adaptation } = this;
    const { log, telemetry, permit } = this.around;
    return {
      ...{ session, log, telemetry, rig, permit, planner: this.planner, source: 'mpc', run: this.id },
      task: () => live.task,
      maxSteps: live.setup.task.maxSteps,
      useTermination: true,
      controller: { kind: 'planned', missedPlansToHold: rig.file.safety.missedPlansToHold },
      seed: this.#random.fork(`start ${index}`).integer(2 ** 31),
      onRow: (row, episode) => {
        notes.row(row, episode);
        adaptation?.onRow(row, episode);
      },
      // What lockstep waits for, so that a run can be repeated; real time waits for nothing.
      beforePlan: async () => {
        await adaptation?.settled();
        await live.settled();
      },
      onOver: () => notes.ended(),
    };
  }

  /** @throws ForesightError a formula that does not fit the rig; the run then goes on as before */
  async adjust(adjustment: RunAdjustment): Promise<void> {
    const what = await this.live.adjust(adjustment);
    if (what === null) return;
    this.notes.note('adjusted', `Adjusted: ${what}`);
    this.around.announce({ propagation: this.live.setup.propagation });
  }

  /** Between two episodes: learns from the one before, where the run was asked to. */
  async between(): Promise<void> {
    await this.adaptation?.between();
  }

  /** Its episodes are done, or it was stopped. */
  async close(): Promise<void> {
    await this.adaptation?.close();
    await this.live.close();
    await this.around.log.endRun(this.id);
  }
}
