import type { RunInput } from '../../shared/contract';
import { asForesightError, ForesightError } from '../../shared/errors';
import type { RunAdjustment } from '../../shared/plan';
import { Random } from '../../shared/random';
import type { Rig } from '../../shared/rig';
import type { ActivityState } from '../../shared/telemetry';
import type { RigSession } from '../control/rig-session';
import type { Log } from '../log/types';
import { Adaptation, type Pupil } from './adaptation';
import { isTaught, requireTeachable } from './adaptation/teachable';
import type { EpisodeOrder } from './conductor';
import { type Models, summaryOf } from './models';
import type { Notices } from './notices';
import { policyFileOf, policyOf, requirePolicyFits } from './policy-shelf';
import type { PolicyTrainings } from './policy-trainings';
import type { RigDesk } from './rig-desk';
import { RunNotes } from './run-notes';
import { type PilotParts, RunPilots, requirePolicy } from './run-pilots';
import type { Telemetry } from './telemetry';

export interface RunSurroundings {
  desk: RigDesk;
  log: Log;
  models: Models;
  /** Where a policy goes on learning beside a run. */
  practice: Pick<PolicyTrainings, 'practise'>;
  telemetry: Telemetry;
  notices: Notices;
  /** The right to move the rig: void, and the run ends. */
  permit: AbortSignal;
  announce(change: Partial<ActivityState>): void;
}

/** A rig that a planner or a policy drives for some episodes. */
export class Run {
  readonly #random: Random;

  private constructor(
    private readonly around: RunSurroundings,
    private readonly session: RigSession,
    private readonly rig: Rig,
    private readonly id: number,
    private readonly pilots: RunPilots,
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
    const { desk, log, telemetry, notices, permit, announce } = around;
    const { session, rig } = desk.require();
    const parts = await pilotParts(around, rig, input);
    permit.throwIfAborted();
    const notes = new RunNotes(log, telemetry);
    const starting = RunPilots.begin(parts, telemetry, {
      onDriver: (driver, step) => {
        notes.note('adjusted', `Switched to the ${driver} at step ${step}.`);
        announce({ driver });
      },
      onFailure: (pilot, thrown) => {
        const { code, message, next } = asForesightError(thrown);
        const sentence = `The ${pilot} does not think along any more: ${message}`;
        notices.failure(new ForesightError(code, sentence, next, { cause: thrown }));
      },
    });
    const { record } = parts;
    // Who waits for it may end before it fails; the failure itself is heard of below.
    starting.catch(() => undefined);
    const beginAdaptation =
      record && isTaught(summaryOf(record), input)
        ? Adaptation.begin({
            ...around,
            ...{ pilots: starting, notes, rig, options: input.adapt },
            ...{ model: summaryOf(record), seed: input.seed, pupil: pupilOf(around, rig, parts) },
          })
        : Promise.resolve(null);
    const [pilots, adaptation] = await Promise.allSettled([starting, beginAdaptation]);
    if (permit.aborted || pilots.status === 'rejected' || adaptation.status === 'rejected') {
      if (pilots.status === 'fulfilled') await pilots.value.close();
      if (adaptation.status === 'fulfilled') await adaptation.value?.close();
      permit.throwIfAborted();
      throw [pilots, adaptation].find((one) => one.status === 'rejected')?.reason;
    }
    const run = await log
      .beginRun({
        rig: rig.file.name,
        model: record?.hash ?? null,
        policy: parts.policy?.summary.hash ?? null,
        settings: { ...input, task: input.task ?? rig.file.task },
      })
      .catch(async (thrown: unknown) => {
        await adaptation.value?.close();
        await pilots.value.close();
        throw thrown;
      });
    return new Run(around, session, rig, run, pilots.value, notes, adaptation.value, input.seed);
  }

  /** What the episode of this index, from 0, is conducted by. */
  order(index: number): EpisodeOrder {
    const { session, rig, pilots, notes, adaptation } = this;
    const { log, telemetry, permit } = this.around;
    const { planner } = pilots;
    return {
      ...{ session, log, telemetry, rig, permit, planner, run: this.id },
      source: planner.driver === 'policy' ? 'policy' : 'mpc',
      task: () => pilots.task,
      maxSteps: pilots.maxSteps,
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
        await pilots.settled();
      },
      onOver: () => notes.ended(),
    };
  }

  /**
   * Who drives changes between two steps, and without a gap.
   * @throws ForesightError a formula that does not fit the rig, nobody who could drive; the run then goes on as before
   */
  async adjust({ driver, beside, ...judging }: RunAdjustment): Promise<void> {
    const { pilots } = this;
    if (Object.values(judging).some((value) => value !== undefined)) {
      const what = await pilots.adjust(judging);
      if (what !== null) this.notes.note('adjusted', `Adjusted: ${what}`);
      const propagation = pilots.livePlanner?.setup.propagation;
      if (propagation) this.around.announce({ propagation });
    }
    if (beside !== undefined) await pilots.thinkAlong(beside);
    if (driver !== undefined) await pilots.drive(driver);
    if (beside !== undefined) this.around.announce({ beside });
  }

  /** Between two episodes: learns from the one before, where the run was asked to. */
  async between(): Promise<void> {
    await this.adaptation?.between();
  }

  /** Its episodes are done, or it was stopped. */
  async close(): Promise<void> {
    await this.adaptation?.close();
    await this.pilots.close();
    await this.around.log.endRun(this.id);
  }
}

/** Who goes on learning in what the run's model becomes. */
const pupilOf = (
  { practice: trainings }: RunSurroundings,
  rig: Rig,
  { policy, input: { task = rig.file.task, adapt } }: PilotParts,
): Pupil | null => (policy && adapt.policyMore > 0 ? { trainings, policy: policy.summary, task } : null);

/** @throws ForesightError not-found; bad-data of a model or a policy of another rig */
async function pilotParts({ models, log }: RunSurroundings, rig: Rig, input: RunInput): Promise<PilotParts> {
  requirePolicy(input);
  const policy = input.policy === null ? null : await policyOf(log, input.policy);
  if (policy) requirePolicyFits(policy.summary, rig);
  const without = input.dynamics !== 'model' || (policy !== null && input.model === '');
  const record = without ? null : await models.record(input.model);
  if (record) models.requireFits(record, rig);
  requireTeachable(record && summaryOf(record), policy?.summary ?? null, input);
  return {
    ...{ rig, input, record, modelFile: record ? models.fileOf(record.hash) : '', policy },
    policyFile: policy && policyFileOf(log, policy.summary.hash),
  };
}
