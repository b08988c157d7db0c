import type { LearnInput } from '../../shared/contract';
import { asForesightError, ForesightError } from '../../shared/errors';
import type { PolicyProgress, PolicySummary } from '../../shared/policy';
import { Random } from '../../shared/random';
import type { Rig } from '../../shared/rig';
import type { RigSession } from '../control/rig-session';
import { trainThreads } from '../dynamics/threads';
import { version } from '../installation/version';
import { DEFAULT_NICE } from '../jobs';
import { type Learner, startLearner } from '../jobs/learner';
import { requirePolicyMemory } from '../jobs/memory-needed';
import { workspacePaths } from '../log/workspace';
import { type PolicyPilot, planBounds, startPolicy } from '../plan/thread';
import { keptPolicy } from '../policy/keep';
import { writePolicy } from '../policy/representation/policy-file';
import { policySpace } from '../policy/representation/space';
import type { Actor, OwnBehaviour } from '../policy/representation/types';
import { howItEnded, RigSteps } from '../policy/world/rig-steps';
import type { Host } from '../processes/port';
import { type CompiledTask, compileTask } from '../task';
import type { EpisodeOrder } from './conductor';
import { EpisodePlanner } from './episode-planner';
import { LearningView } from './learning-view';
import { summaryOf } from './models';
import { shelve } from './policy-shelf';
import type { RunSurroundings } from './run';
import { RunNotes } from './run-notes';

/** Lockstep: the rig is so many steps ahead of the learner at most. In real time it waits for nothing. */
const AHEAD = 16;

export interface LearningSurroundings extends Omit<RunSurroundings, 'practice'> {
  host: Host;
  /** Ends the run after the row in hand. */
  finish(): void;
}

type Row = Parameters<NonNullable<EpisodeOrder['onRow']>>;

/**
 * A rig that learns while it moves: episodes that the newest policy drives, and a learner in a process of its own that is sent
 * what happened and sends back how to behave. New weights take effect between two ticks.
 */
export class LearningRun {
  /** How long a learner may take to put down what it has learned, when the run is over. */
  keepingMs = 30_000;
  readonly #steps: RigSteps;
  readonly #random: Random;
  readonly #episodes: number[] = [];
  #given = 0;
  #taken = 0;
  #return = 0;
  #newest: { behaviour: OwnBehaviour; number: number } | undefined;
  #last: OwnBehaviour = { kind: 'random' };
  #behaving = false;
  readonly #view: LearningView;
  #lost: ForesightError | undefined;
  #wakeUp: () => void = () => {};
  #learner: Learner | undefined;

  private constructor(
    private readonly around: LearningSurroundings,
    private readonly input: LearnInput & { history: number },
    private readonly session: RigSession,
    private readonly rig: Rig,
    private readonly task: CompiledTask,
    private readonly pilot: PolicyPilot,
    private readonly planner: EpisodePlanner,
    private readonly notes: RunNotes,
    private readonly id: number,
  ) {
    const space = policySpace(rig.file, input.history);
    this.#steps = new RigSteps(space, rig.file.periodSeconds, planBounds(rig.file).holdAction);
    this.#random = new Random(input.seed);
    this.#view = new LearningView(around.telemetry, input.algorithm, () => ({
      waiting: this.#given - this.#taken,
      leftOut: this.#steps.leftOut,
    }));
    around.permit.addEventListener('abort', () => this.#wakeUp(), { once: true });
  }

  /** @throws ForesightError also the permit's reason, when it became void meanwhile */
  static async begin(around: LearningSurroundings, asked: LearnInput): Promise<LearningRun> {
    const { desk, log, telemetry, models, permit } = around;
    const { session, rig } = desk.require();
    // In real time the action under way is part of what decides what comes next, and a history has it.
    const input = { ...asked, history: asked.history ?? (session.mode === 'realtime' ? 2 : 1) };
    const task = input.task ?? rig.file.task;
    const record = input.model === undefined ? null : await models.record(input.model);
    if (record) models.requireFits(record, rig);
    if (record && summaryOf(record).eyes) throw noPictures(record.name);
    const space = policySpace(rig.file, input.history);
    // Before anything moves.
    requirePolicyMemory(space, input.algorithm, { recorded: 0, acts: true });
    const pilot = await startPolicy({
      ...{ space, behaviour: { kind: 'random' } },
      ...{ known: null, model: null, horizon: 1, task, channels: rig.file, seed: input.seed },
      holdAction: planBounds(rig.file).holdAction,
    });
    let id: number | undefined;
    try {
      permit.throwIfAborted();
      const { periodSeconds, observations } = rig.file;
      const channels = { periodSeconds, observations: observations.length, history: input.history };
      const planner = new EpisodePlanner({ policy: pilot }, telemetry, channels);
      const settings = { ...input, task, learning: true };
      id = await log.beginRun({
        rig: rig.file.name,
        model: record?.hash ?? null,
        policy: null,
        settings,
      });
      const notes = new RunNotes(log, telemetry);
      const compiled = compileTask(task, rig.file);
      const run = new LearningRun(around, input, session, rig, compiled, pilot, planner, notes, id);
      run.#learner = await startLearner(
        around.host,
        {
          ...{ name: input.name, rig, task, algorithm: input.algorithm, seed: input.seed },
          ...{ engine: input.engine, history: input.history, folder: workspacePaths(log.folder).policies },
          model: record && { file: models.fileOf(record.hash), hash: record.hash },
          ...{ nice: DEFAULT_NICE, threads: Math.max(1, trainThreads() - 1) },
        },
        {
          onBehave: (behaviour, number) => {
            run.#behave(behaviour, number);
            if (behaviour.kind === 'actor') run.#view.swapped();
          },
          onTook: (transitions) => run.#took(transitions),
          onProgress: (progress) => run.#said(progress),
          onDone: () => around.finish(),
          onLost: (error) => run.#lose(error),
        },
      );
      return run;
    } catch (thrown) {
      await pilot.close();
      if (id !== undefined) await log.endRun(id);
      throw thrown;
    }
  }

  /** Why nothing could be learned, where the learner ended by itself; null otherwise. */
  get failure(): ForesightError | null {
    return this.#learned === null ? (this.#lost ?? null) : null;
  }

  /** The last policy that the learner sent, where it had made an update by then. */
  get #learned(): Actor | null {
    return this.#last.kind === 'actor' && this.#view.progress.updates > 0 ? this.#last.actor : null;
  }

  /** Process id of the learner. */
  get learnerPid(): number | undefined {
    return this.#learner?.pid;
  }

  /** What the episode of this index, from 0, is conducted by. */
  order(index: number): EpisodeOrder {
    const { session, rig, planner, task, input } = this;
    const { log, telemetry, permit } = this.around;
    this.#give(this.#steps.begin());
    this.#return = 0;
    return {
      ...{ session, log, telemetry, rig, permit, planner, source: 'policy', run: this.id },
      task: () => task,
      maxSteps: (input.task ?? rig.file.task).maxSteps,
      useTermination: true,
      controller: { kind: 'planned', missedPlansToHold: rig.file.safety.missedPlansToHold },
      seed: this.#random.fork(`start ${index}`).integer(2 ** 31),
      onRow: (...row) => this.#row(...row),
      beforePlan: () => this.#caughtUp(),
      onOver: () => this.notes.ended(),
    };
  }

  #row(...[row, episode, { tick, last, found }]: Row): void {
    this.notes.row(row, episode);
    if (this.#episodes.at(-1) !== episode) this.#episodes.push(episode);
    this.#return += row.reward;
    const cameOut = howItEnded(tick.events, { last, found });
    const transitions = this.#steps.row({
      ...{ step: row.step, deviceSeconds: row.deviceSeconds, observation: row.observation },
      ...{ action: row.action, requested: row.requested, reward: row.reward },
      // An action that bridges one which came late was decided for another step.
      decided: tick.planOffset === 0 ? (this.planner.decidedOf(tick.planId) ?? null) : null,
      ...cameOut,
    });
    // A reward that is no number makes a return that is none: the learner would drop the message, with the steps in it.
    const whole = last && found !== null && Number.isFinite(this.#return);
    const ended = { return: this.#return, steps: row.step, terminated: found === 'termination' };
    this.#give(transitions, whole ? [ended] : []);
    if (cameOut.end === 'outside limits') this.#outside();
    if (last && found !== null) this.#view.ended(this.#return);
  }

  /** Where the task goes on but the rig does not: nothing tells the policy that it must not come there. */
  #outside(): void {
    const what =
      'The rig left its limits where the task does not end: no policy learns to keep away from there.';
    this.notes.note('note', what);
    this.around.notices.add('warning', what, "Let the task's termination be true outside the rig's limits.");
  }

  #give(transitions: ReturnType<RigSteps['row']>, ended: Parameters<Learner['put']>[1] = []): void {
    if (transitions.length === 0 && ended.length === 0) return;
    this.#given += transitions.length;
    this.#learner?.put(transitions, ended);
  }

  /** New weights while others are still on their way into the thread: only the newest of them follow. */
  #behave(behaviour: OwnBehaviour, number: number): void {
    this.#last = behaviour;
    this.#newest = { behaviour, number };
    if (this.#behaving) return;
    this.#behaving = true;
    const pass = async () => {
      while (this.#newest) {
        const { behaviour, number } = this.#newest;
        this.#newest = undefined;
        await this.pilot.behave(behaviour, number);
      }
    };
    pass()
      .catch((thrown: unknown) => {
        const error = asForesightError(thrown);
        // A run that is over has closed it.
        if (error.code !== 'cancelled') this.around.notices.failure(error);
      })
      .finally(() => {
        this.#behaving = false;
      });
  }

  #took(transitions: number): void {
    this.#taken = transitions;
    this.#wakeUp();
  }

  async #caughtUp(): Promise<void> {
    while (this.#given - this.#taken > AHEAD && !this.#lost && !this.around.permit.aborted) {
      await new Promise<void>((resolve) => {
        this.#wakeUp = resolve;
      });
    }
  }

  #said(progress: PolicyProgress): void {
    this.#view.said(progress);
    const { steps, stepsInAll, updates } = progress;
    this.around.announce({ adapting: `Learning: ${steps} of ${stepsInAll} steps, ${updates} updates.` });
  }

  /** The last policy drives on, without exploring: nobody learns from that any more. */
  #lose(error: ForesightError): void {
    this.#lost = error;
    this.#wakeUp();
    this.#view.lost(error);
    this.around.announce({ adapting: null });
    const actor = this.#learned;
    if (actor === null) {
      this.around.finish();
      return;
    }
    const { notices } = this.around;
    this.notes.note('note', `The learner is gone: ${error.message} Its last policy drives on.`);
    notices.add('warning', `The learner is gone; its last policy drives on. ${error.message}`, error.next);
    this.#behave({ kind: 'actor', actor, explore: false }, Number.MAX_SAFE_INTEGER);
  }

  /** Its episodes are done, or it was stopped. @returns the policy that is kept; null where nothing was learned */
  async close(): Promise<PolicySummary | null> {
    let kept: PolicySummary | null = null;
    this.#view.keeping();
    try {
      kept = await this.#kept();
      return kept;
    } finally {
      this.#learner?.kill();
      this.#view.over(kept);
      await this.pilot.close();
      await this.around.log.endRun(this.id);
    }
  }

  async #kept(): Promise<PolicySummary | null> {
    this.#give(this.#steps.begin());
    let summary: PolicySummary;
    const timer = setTimeout(() => this.#learner?.kill(tooSlow(this.keepingMs)), this.keepingMs);
    try {
      if (this.#learner === undefined) return null;
      summary = (await this.#learner.finish([...this.#episodes])).summary;
    } catch (thrown) {
      const error = this.#lost ?? asForesightError(thrown);
      const actor = this.#learned;
      if (actor === null) {
        if (!this.#lost)
          this.around.notices.add('warning', `No policy was kept: ${error.message}`, error.next);
        return null;
      }
      summary = await this.#keepLast(actor, error);
      if (!this.#lost) {
        const what = `The learner did not come to its end, so the last policy that it sent is kept. ${error.message}`;
        this.around.notices.add('warning', what, error.next);
      }
    } finally {
      clearTimeout(timer);
    }
    await shelve(this.around.log, summary);
    return summary;
  }

  /** What a learner that is gone brought last. */
  async #keepLast(actor: Actor, error: ForesightError): Promise<PolicySummary> {
    const { name, algorithm, seed, history } = this.input;
    const { steps, updates, secondsElapsed, points: curve } = this.#view.progress;
    const policy = keptPolicy(
      this.rig.file,
      { actor, value: null, steps, updates },
      {
        ...{ name, algorithm, seed, history, task: this.input.task ?? this.rig.file.task },
        ...{ learnedIn: 'rig', episodes: [...this.#episodes], model: null, from: null, curve },
        ...{ trainSeconds: secondsElapsed, notes: [`The learner was lost: ${error.message}`] },
      },
    );
    await writePolicy(policy, workspacePaths(this.around.log.folder).policies, version);
    return policy.summary;
  }
}

const tooSlow = (afterMs: number): ForesightError =>
  new ForesightError(
    'internal',
    `It was ended because it had put nothing down ${afterMs / 1000} s after the run.`,
    'Learn with fewer updates a step or a smaller network, or end other programs.',
  );

const noPictures = (model: string): ForesightError =>
  new ForesightError(
    'wrong-use',
    `The model "${model}" learned from pictures, and a policy that learns while the rig moves learns from channels.`,
    'Choose a model of channels, or learn in this one: foresight policy train --where model.',
  );
