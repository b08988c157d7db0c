import type { z } from 'zod';
import { type RecordInput, RunInput } from '../../shared/contract';
import { asForesightError, ForesightError } from '../../shared/errors';
import type { RunAdjustment } from '../../shared/plan';
import { Random } from '../../shared/random';
import type { Rig } from '../../shared/rig';
import type { TaskFile } from '../../shared/task';
import type { ControllerSpec } from '../control/messages';
import type { RigSession } from '../control/rig-session';
import type { Log, ModelRecord } from '../log/types';
import { DEFAULT_PLAN_THREADS, type Planner, planBounds, startPlanner } from '../plan';
import { type CompiledTask, compileTask } from '../task';
import { conductEpisode, type EpisodeOrder, type EpisodeOutcome, type RunningEpisode } from './conductor';
import { EpisodePlanner } from './episode-planner';
import { type Models, summaryOf } from './models';
import type { Notices } from './notices';
import type { RigDesk } from './rig-desk';
import { IDLE_ACTIVITY, type Telemetry } from './telemetry';

export interface ActivityHooks {
  onStep?(step: number, returnSoFar: number): void;
  onEpisode?(outcome: EpisodeOutcome): void;
}

/** What the rig is being used for; one thing at a time. */
export class Activity {
  #current: RunningEpisode | null = null;
  #busyWith: 'recording' | 'running' | null = null;
  #wanted = true;
  #finished: Promise<void> = Promise.resolve();

  constructor(
    private readonly desk: RigDesk,
    private readonly log: Log,
    private readonly models: Models,
    private readonly telemetry: Telemetry,
    private readonly notices: Notices,
    private readonly episodesChanged: () => void,
  ) {}

  /** Resolves when nothing is being recorded or run any more. */
  get idle(): Promise<void> {
    return this.#finished;
  }

  /** Records random excitation. Resolves with every episode's outcome once all are done or the activity was ended. */
  record(input: RecordInput, hooks: ActivityHooks = {}): Promise<EpisodeOutcome[]> {
    const { session, rig } = this.desk.require();
    const task = compileTask(rig.file.task, rig.file);
    const random = new Random(input.seed);
    return this.#exclusively('recording', async () => {
      this.#announce({ kind: 'recording', wanted: input.episodes });
      return this.#episodes(input.episodes, hooks, (index) => ({
        ...this.#order(session, rig, task, input.maxSteps ?? rig.file.task.maxSteps, input.useTermination),
        controller: {
          kind: 'random',
          seed: random.fork(`actions ${index}`).integer(2 ** 31),
          holdSteps: input.holdSteps,
          amplitude: input.amplitude,
        },
        planner: null,
        source: 'random',
        run: null,
        seed: random.fork(`start ${index}`).integer(2 ** 31),
      }));
    });
  }

  /** Lets the rig plan with a model. Compiles the planner first, so that the first step is not late. */
  run(asked: z.input<typeof RunInput>, hooks: ActivityHooks = {}): Promise<EpisodeOutcome[]> {
    const input = RunInput.parse(asked);
    const { session, rig } = this.desk.require();
    const taskFile = input.task ?? rig.file.task;
    const task = compileTask(taskFile, rig.file);
    return this.#exclusively('running', async () => {
      this.#announce({
        kind: 'running',
        wanted: input.episodes,
        model: input.model,
        planner: input.planner.method,
        propagation: input.propagation,
      });
      const record = await this.models.record(input.model);
      const planner = await this.#startPlanner(record, input, rig, taskFile);
      try {
        const run = await this.log.beginRun({
          rig: rig.file.name,
          model: input.model,
          settings: { ...input, task: taskFile },
        });
        const controller: ControllerSpec = {
          kind: 'planned',
          missedPlansToHold: rig.file.safety.missedPlansToHold,
        };
        const random = new Random(input.seed);
        const episodePlanner = new EpisodePlanner(planner, this.telemetry, {
          periodSeconds: rig.file.periodSeconds,
          observations: rig.file.observations.length,
          history: summaryOf(record).options.history,
        });
        const outcomes = await this.#episodes(input.episodes, hooks, (index) => ({
          ...this.#order(session, rig, task, taskFile.maxSteps, true),
          controller,
          planner: episodePlanner,
          source: 'mpc',
          run,
          seed: random.fork(`start ${index}`).integer(2 ** 31),
        }));
        await this.log.endRun(run);
        return outcomes;
      } finally {
        await planner.close();
      }
    });
  }

  /** Live controls of the run that goes on. @throws ForesightError wrong-use when nothing runs */
  async adjust(_adjustment: RunAdjustment): Promise<void> {
    throw new Error('not built yet');
  }

  /** Ends the episode in hand, keeps it, and starts no further one. */
  finish(): void {
    this.#wanted = false;
    this.#current?.finish();
  }

  /** Ends the episode in hand and marks it as discarded. */
  discard(): void {
    this.#wanted = false;
    this.#current?.discard();
  }

  #order(
    session: RigSession,
    rig: Rig,
    task: CompiledTask,
    maxSteps: number,
    useTermination: boolean,
  ): Pick<EpisodeOrder, 'session' | 'log' | 'telemetry' | 'rig' | 'task' | 'maxSteps' | 'useTermination'> {
    return {
      ...{ session, log: this.log, telemetry: this.telemetry, rig },
      ...{ task: () => task, maxSteps, useTermination },
    };
  }

  async #startPlanner(record: ModelRecord, input: RunInput, rig: Rig, task: TaskFile): Promise<Planner> {
    this.models.requireFits(record, rig);
    return startPlanner({
      modelFile: this.models.fileOf(record.hash),
      task,
      planner: input.planner,
      propagation: input.propagation,
      ...planBounds(rig.file),
      threads: DEFAULT_PLAN_THREADS,
      seed: input.seed,
    });
  }

  async #episodes(
    count: number,
    hooks: ActivityHooks,
    order: (index: number) => EpisodeOrder,
  ): Promise<EpisodeOutcome[]> {
    const outcomes: EpisodeOutcome[] = [];
    for (let index = 0; index < count && this.#wanted; index++) {
      this.#announce({ done: index });
      this.#current = await conductEpisode({ ...order(index), onStep: hooks.onStep });
      const outcome = await this.#current.done;
      this.#current = null;
      outcomes.push(outcome);
      this.episodesChanged();
      hooks.onEpisode?.(outcome);
      if (outcome.error) throw outcome.error;
      if (outcome.endedBy === 'stopped' || outcome.endedBy === 'held' || outcome.endedBy === 'fault') break;
    }
    return outcomes;
  }

  #announce(change: Partial<typeof IDLE_ACTIVITY>): void {
    this.telemetry.publish({ kind: 'activity', activity: { ...this.telemetry.activity, ...change } });
  }

  /** Throws `busy` at once; what goes wrong later is noticed and rejects. */
  #exclusively<T>(kind: 'recording' | 'running', work: () => Promise<T>): Promise<T> {
    if (this.#busyWith) {
      throw new ForesightError(
        'busy',
        `The rig is already ${this.#busyWith}.`,
        'Finish or discard what is going on first.',
      );
    }
    this.#busyWith = kind;
    this.#wanted = true;
    const result = this.#watched(work);
    this.#finished = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async #watched<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.notices.failure(asForesightError(error));
      throw error;
    } finally {
      this.#busyWith = null;
      this.#current = null;
      this.telemetry.publish({ kind: 'activity', activity: IDLE_ACTIVITY });
    }
  }
}
