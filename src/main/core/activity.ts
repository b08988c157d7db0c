import type { z } from 'zod';
import { LearnInput, RecordInput, ReplayInput, RunInput } from '../../shared/contract';
import { asForesightError, ForesightError } from '../../shared/errors';
import type { RunAdjustment } from '../../shared/plan';
import { ALGORITHMS, type AlgorithmName, type PolicySummary } from '../../shared/policy';
import type { Rig } from '../../shared/rig';
import type { RunCheck } from '../../shared/safety/checks';
import type { RigSession } from '../control/rig-session';
import type { Host } from '../processes/port';
import { type CompiledTask, compileTask } from '../task';
import type { Client } from './clients';
import {
  conductEpisode,
  type EpisodeOrder,
  type EpisodeOutcome,
  type RunningEpisode,
  wasCut,
} from './conductor';
import { LearningRun } from './learning-run';
import { madeForChecks } from './made-for';
import { OwnPermit } from './motion';
import { Recording } from './recording';
import { Replay } from './replay';
import { Run, type RunSurroundings } from './run';
import { requirePassed, runChecks } from './run-checks';
import { IDLE_ACTIVITY } from './telemetry';
import type { Teleop } from './teleop';

export interface ActivityHooks {
  /** What comes of it is measured: nobody may adjust it on its way. */
  measured?: boolean;
  onStep?(step: number, returnSoFar: number): void;
  onEpisode?(outcome: EpisodeOutcome): void;
}

/** Whom it asks, tells and drives. */
interface ActivityParts
  extends Pick<RunSurroundings, 'desk' | 'log' | 'models' | 'telemetry' | 'notices' | 'practice'> {
  host: Host;
  teleop: Teleop;
  episodesChanged(): void;
}

/** What the rig is being used for; one thing at a time. */
export class Activity {
  #current: RunningEpisode | null = null;
  #run: { run: Run; measured: boolean } | null = null;
  #busyWith: 'recording' | 'running' | 'learning' | null = null;
  #permit: OwnPermit | null = null;
  #finished: Promise<void> = Promise.resolve();

  constructor(private readonly parts: ActivityParts) {}

  /** Resolves when nothing is being recorded or run any more. */
  get idle(): Promise<void> {
    return this.#finished;
  }

  /**
   * Records a rig that is moved by a signal, a hand or a leader arm. Resolves with every episode's outcome once all are done or the activity was ended.
   * @param starter who is missed when they go, unless it is to go on unattended; nobody for a command of this process
   */
  record(
    asked: z.input<typeof RecordInput>,
    hooks: ActivityHooks = {},
    starter?: Client,
  ): Promise<EpisodeOutcome[]> {
    const input = RecordInput.parse(asked);
    const { session, rig } = this.parts.desk.require();
    const task = compileTask(rig.file.task, rig.file);
    const recording = new Recording(input, rig.file, session, this.parts.desk, this.parts.teleop);
    return this.#exclusively('recording', input, starter, async (permit) => {
      this.#announce({ kind: 'recording', wanted: input.episodes, unattended: input.unattended });
      try {
        await recording.begin(permit);
        return await this.#episodes(input.episodes, permit, hooks, (index) => ({
          ...this.#order(session, rig, task, permit),
          maxSteps: input.maxSteps ?? rig.file.task.maxSteps,
          useTermination: input.useTermination,
          ...{ planner: null, run: null },
          ...recording.order(index),
        }));
      } finally {
        recording.end();
      }
    });
  }

  /**
   * Plays an episode again, compares, and records what comes of it. Its outcome says where it diverged, if it did.
   * @param starter as of a recording
   */
  replay(
    asked: z.input<typeof ReplayInput>,
    hooks: ActivityHooks = {},
    starter?: Client,
  ): Promise<EpisodeOutcome[]> {
    const input = ReplayInput.parse(asked);
    const { session, rig } = this.parts.desk.require();
    const task = compileTask(rig.file.task, rig.file);
    return this.#exclusively('recording', input, starter, async (permit) => {
      this.#announce({ kind: 'recording', wanted: 1, unattended: input.unattended });
      const replay = await Replay.open(input, rig, session, this.parts.desk, this.parts.log);
      const stay = await replay.approach(permit);
      return this.#episodes(1, permit, hooks, () => ({
        ...this.#order(session, rig, task, permit),
        ...replay.order(stay),
      }));
    });
  }

  /**
   * Lets a planner or a policy drive the rig. Compiles first, so that the first step is not late.
   * @param starter as of a recording
   */
  run(
    asked: z.input<typeof RunInput>,
    hooks: ActivityHooks = {},
    starter?: Client,
  ): Promise<EpisodeOutcome[]> {
    const input = RunInput.parse(asked);
    const { rig } = this.parts.desk.require();
    // A formula that does not fit is said at once.
    compileTask(input.task ?? rig.file.task, rig.file);
    return this.#exclusively('running', input, starter, async (permit) => {
      this.#announce({
        kind: 'running',
        wanted: input.episodes,
        unattended: input.unattended,
        model: input.dynamics === 'model' && input.model !== '' ? input.model : null,
        planner: input.planner.method,
        ...{ policy: input.policy, driver: input.driver, beside: input.beside },
        propagation: input.propagation,
      });
      const run = await Run.begin(
        {
          ...{ ...this.parts, permit },
          announce: (change) => this.#announce(change),
        },
        { ...input, unattended: input.unattended || starter === undefined },
      );
      this.#run = { run, measured: hooks.measured ?? false };
      try {
        return await this.#episodes(
          input.episodes,
          permit,
          hooks,
          (index) => run.order(index),
          () => run.between(),
        );
      } finally {
        this.#run = null;
        await run.close();
      }
    });
  }

  /**
   * Lets the rig learn while it moves, until it has made as many steps as the algorithm is to learn from, or is finished.
   * @param starter as of a recording
   * @returns what was learned, null where it ended before that was anything
   * @throws ForesightError what the learner could not do with these options
   */
  learn(
    asked: z.input<typeof LearnInput>,
    hooks: ActivityHooks & { onLearning?(run: LearningRun): void } = {},
    starter?: Client,
  ): Promise<{ outcomes: EpisodeOutcome[]; policy: PolicySummary | null }> {
    const input = LearnInput.parse(asked);
    const { rig } = this.parts.desk.require();
    compileTask(input.task ?? rig.file.task, rig.file);
    requireOnRig(input.algorithm.name);
    let policy: PolicySummary | null = null;
    const learning = this.#exclusively('learning', input, starter, async (permit) => {
      this.#announce({
        ...{ kind: 'running', wanted: input.episodes, unattended: input.unattended },
        ...{ driver: 'policy', adapting: 'Learning.' },
      });
      const run = await LearningRun.begin(
        {
          ...{ ...this.parts, permit },
          announce: (change) => this.#announce(change),
          finish: () => this.finish(),
        },
        input,
      );
      let outcomes: EpisodeOutcome[];
      try {
        hooks.onLearning?.(run);
        outcomes = await this.#episodes(input.episodes, permit, hooks, (index) => run.order(index));
      } finally {
        policy = await run.close();
      }
      if (run.failure) throw run.failure;
      return outcomes;
    });
    return learning.then((outcomes) => ({ outcomes, policy }));
  }

  /**
   * Live controls of the run that goes on: from the next plan on, with the reward and the end of an episode from the next
   * step on. What is wrong is said, and the run goes on as before.
   * @throws ForesightError wrong-use when nothing runs, or what runs is measured
   */
  async adjust(adjustment: RunAdjustment): Promise<void> {
    if (this.#run === null) {
      throw new ForesightError(
        'wrong-use',
        'Nothing runs that could be adjusted.',
        'Start a run first, in the room Run.',
      );
    }
    const { run, measured } = this.#run;
    if (measured) {
      throw new ForesightError(
        'wrong-use',
        'A policy is being evaluated on its own task: with something adjusted its returns would be of something else.',
        'Wait for the evaluation or finish it, and start a run to try something else.',
      );
    }
    await run.adjust(adjustment);
  }

  /** What is looked at before the connected rig may move. @throws ForesightError not-found without one */
  checks(): RunCheck[] {
    const { rig } = this.parts.desk.require();
    return runChecks(rig.file, this.parts.desk.status);
  }

  /** The same, and whether what is to drive it was made for it. */
  async checksFor(driver: Parameters<typeof madeForChecks>[2]): Promise<RunCheck[]> {
    const { rig } = this.parts.desk.require();
    return [...this.checks(), ...(await madeForChecks(this.parts, rig, driver))];
  }

  /** Ends the episode in hand, keeps it, and starts no further one. */
  finish(): void {
    this.#permit?.withdraw();
  }

  /** Ends the episode in hand and marks it as discarded. */
  discard(): void {
    this.#current?.discard();
    this.#permit?.withdraw();
  }

  #order(
    session: RigSession,
    rig: Rig,
    task: CompiledTask,
    permit: AbortSignal,
  ): Pick<EpisodeOrder, 'session' | 'log' | 'telemetry' | 'rig' | 'task' | 'permit'> {
    return { session, log: this.parts.log, telemetry: this.parts.telemetry, rig, task: () => task, permit };
  }

  /**
   * One after another, as long as the permit holds.
   * @throws the permit's reason where the rig was stopped and no outcome says so, and what went wrong in an episode
   */
  async #episodes(
    count: number,
    permit: AbortSignal,
    hooks: ActivityHooks,
    order: (index: number) => EpisodeOrder,
    between?: () => Promise<void>,
  ): Promise<EpisodeOutcome[]> {
    const outcomes: EpisodeOutcome[] = [];
    for (let index = 0; index < count; index++) {
      if (index > 0 && !permit.aborted) await between?.();
      if (permit.aborted) break;
      this.#announce({ done: index });
      this.#current = await conductEpisode({
        ...{ ...order(index), onStep: hooks.onStep, cameras: this.parts.desk.cameras },
      });
      const outcome = await this.#current.done;
      this.#current = null;
      outcomes.push(outcome);
      this.parts.episodesChanged();
      hooks.onEpisode?.(outcome);
      if (outcome.error) throw outcome.error;
      if (wasCut(outcome)) return outcomes;
    }
    if (permit.aborted && !this.#permit?.withdrawn) throw permit.reason;
    return outcomes;
  }

  /** Nobody who could stop it is there any more. */
  #missed(why: string): void {
    this.parts.notices.add(
      'warning',
      `A hold was asked for: ${why}.`,
      'What was recorded is kept. Resume the rig and start anew.',
    );
    this.parts.desk
      .hold(`${why}.`)
      .catch((error: unknown) => this.parts.notices.failure(asForesightError(error)));
  }

  #announce(change: Partial<typeof IDLE_ACTIVITY>): void {
    this.parts.telemetry.publish({
      kind: 'activity',
      activity: { ...this.parts.telemetry.activity, ...change },
    });
  }

  /** Throws `busy` or `stopped` at once; what goes wrong later is noticed and rejects. */
  #exclusively(
    kind: 'recording' | 'running' | 'learning',
    input: { unattended: boolean; deadMan?: boolean },
    starter: Client | undefined,
    work: (permit: AbortSignal) => Promise<EpisodeOutcome[]>,
  ): Promise<EpisodeOutcome[]> {
    if (this.#busyWith) {
      throw new ForesightError(
        'busy',
        `The rig is already ${this.#busyWith}.`,
        'Finish or discard what is going on first.',
      );
    }
    const attendant = attendantOf(input, starter);
    attendant?.requireHeard();
    const permit = new OwnPermit(this.parts.desk.permit());
    this.#busyWith = kind;
    this.parts.telemetry.publish({ kind: 'learning', learning: null });
    this.#permit = permit;
    const watch = attendant?.watch((why) => this.#missed(why));
    const wasWanted = this.parts.desk.status.link.health?.deadMan.wanted ?? false;
    if (input.deadMan) this.parts.desk.deadMan({ wanted: true });
    const result = this.#watched(permit, work).finally(() => {
      watch?.dispose();
      if (input.deadMan && !wasWanted) this.parts.desk.deadMan({ wanted: false });
    });
    this.#finished = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async #watched(
    permit: OwnPermit,
    work: (permit: AbortSignal) => Promise<EpisodeOutcome[]>,
  ): Promise<EpisodeOutcome[]> {
    try {
      // Before anything is compiled: a rig that was stopped is not moved by what began while it was.
      this.parts.desk.requireReady();
      requirePassed(this.checks());
      return await work(permit.signal);
    } catch (error) {
      // Ended before its first episode: that is what was asked for.
      if (permit.withdrawn && error === permit.signal.reason) return [];
      this.parts.notices.failure(asForesightError(error));
      throw error;
    } finally {
      permit.dispose();
      this.#busyWith = null;
      this.#permit = null;
      this.#current = null;
      this.parts.telemetry.publish({ kind: 'activity', activity: IDLE_ACTIVITY });
    }
  }
}

/** @throws ForesightError wrong-use */
function requireOnRig(name: AlgorithmName): void {
  if (ALGORITHMS[name].onRig) return;
  throw new ForesightError(
    'wrong-use',
    `"${name}" does not learn from a rig that moves.`,
    'Choose an algorithm that acts by itself, or have a planner or random motion recorded and learn from that.',
  );
}

/** Who has to stay for motion to go on. */
const attendantOf = ({ unattended }: { unattended: boolean }, starter: Client | undefined) =>
  unattended ? undefined : starter;
