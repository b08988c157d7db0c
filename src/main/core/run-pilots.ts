import type { RunInput } from '../../shared/contract';
import { asForesightError, ForesightError } from '../../shared/errors';
import { viewsOf } from '../../shared/eyes';
import type { PilotName, PlanAdjustment } from '../../shared/plan';
import type { PolicySummary } from '../../shared/policy';
import type { Rig } from '../../shared/rig';
import type { ModelRecord } from '../log/types';
import { type PlanSetup, type PolicyPilot, planBounds, simulatedRig, startPolicy } from '../plan/thread';
import type { PolicySetup } from '../plan/types';
import { policySpace } from '../policy/representation/space';
import type { Policy } from '../policy/representation/types';
import { type CompiledTask, compileTask } from '../task';
import type { Sight } from './episode-course';
import { EpisodePlanner, type PilotOptions } from './episode-planner';
import { LivePlanner, withModel } from './live-planner';
import { summaryOf } from './models';
import type { Telemetry } from './telemetry';

/** What a run can be driven by, before any of it is started. */
export interface PilotParts {
  rig: Rig;
  input: RunInput;
  /** What the planner predicts with, and a policy is imagined in; null on a simulator, or without any. */
  record: ModelRecord | null;
  modelFile: string;
  policy: Policy | null;
  policyFile: string | null;
}

/** A policy that went on learning beside a run, and the model that it did so in. */
export interface Practised {
  record: ModelRecord;
  policy: Policy;
  policyFile: string;
}

/**
 * Who drives a run, and who may take over: a planner, a policy, or both. One that is not needed at the beginning is started
 * when it is asked for, while the other one goes on.
 */
export class RunPilots {
  readonly planner: EpisodePlanner;
  #task: CompiledTask;
  #starting: Promise<void> | undefined;
  /** One that failed is on its way out. */
  #closing: Promise<void> = Promise.resolve();
  #policyFailure: ForesightError | undefined;

  private constructor(
    private readonly parts: PilotParts,
    /** Of the planner that is started next; null where there is nothing to plan with. */
    private setup: PlanSetup | null,
    private live: LivePlanner | null,
    private readonly policy: PolicyPilot | null,
    telemetry: Telemetry,
    hooks: PilotOptions,
  ) {
    const { rig, input } = parts;
    const { file } = rig;
    this.#task = compileTask(input.task ?? file.task, file);
    this.planner = new EpisodePlanner(
      { ...(live && { planner: live.planner }), ...(policy && { policy }) },
      telemetry,
      {
        periodSeconds: file.periodSeconds,
        observations: file.observations.length,
        history: historyOf(parts, setup),
        sight: sightOf(parts),
        // Another one may take over.
        modelFile: () => this.live?.setup.modelFile ?? parts.modelFile,
      },
      undefined,
      {
        ...{ ...hooks, driver: input.driver },
        onFailure: (name, error) => {
          this.#failed(name, error);
          hooks.onFailure?.(name, error);
        },
      },
    );
    this.planner.beside = input.beside;
  }

  /**
   * Compiles what is needed at the beginning, so that the first step is not late.
   * @throws ForesightError wrong-use where there is nobody to drive as it was asked for; what compiling throws
   */
  static async begin(parts: PilotParts, telemetry: Telemetry, hooks: PilotOptions): Promise<RunPilots> {
    const { input, policy } = parts;
    const setup = await planSetup(parts);
    if ((input.driver === 'planner' || input.beside) && setup === null) throw nobody('planner');
    const needed = setup !== null && (input.driver === 'planner' || input.beside) ? setup : null;
    const started = await Promise.allSettled([
      needed ? LivePlanner.start(needed, parts.rig) : null,
      policy ? startPolicy(policySetup(parts, policy)) : null,
    ]);
    const [live, pilot] = started;
    try {
      if (live.status === 'rejected') throw live.reason;
      if (pilot.status === 'rejected') throw pilot.reason;
      return new RunPilots(parts, setup, live.value, pilot.value, telemetry, hooks);
    } catch (thrown) {
      for (const one of started) if (one.status === 'fulfilled') await one.value?.close();
      throw thrown;
    }
  }

  /** The planner that is there; null where none is needed yet. */
  get livePlanner(): LivePlanner | null {
    return this.live;
  }

  /** The task of the plans and of the recorded reward. */
  get task(): CompiledTask {
    return this.live?.task ?? this.#task;
  }

  get maxSteps(): number {
    const { input, rig } = this.parts;
    return this.live?.setup.task.maxSteps ?? (input.task ?? rig.file.task).maxSteps;
  }

  /** Lockstep: resolves when everything that was asked for until now has taken effect, or failed. */
  async settled(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    await this.live?.settled();
  }

  /** @throws ForesightError wrong-use where there is none of this name; what compiling throws. The run then goes on as before */
  async drive(name: PilotName): Promise<void> {
    await this.#require(name);
    this.planner.drive(name);
  }

  /** Has the one that does not drive think along, or not. @throws as `drive` */
  async thinkAlong(beside: boolean): Promise<void> {
    if (beside) await this.#require(this.planner.driver === 'policy' ? 'planner' : 'policy');
    this.planner.beside = beside;
  }

  /** As LivePlanner.adjust, for whoever is there. */
  async adjust(adjustment: PlanAdjustment): Promise<string | null> {
    // A planner that is compiled just now is of the task before, and hears of the new one when it is there.
    await this.#starting?.catch(() => undefined);
    const { task, ...judging } = adjustment;
    if (!this.live && Object.values(judging).some((value) => value !== undefined)) {
      throw new ForesightError(
        'wrong-use',
        'A policy acts as it has learned to: how plans are judged changes nothing about it.',
        'Switch to the planner, or have it think along.',
      );
    }
    const compiled = task && compileTask(task, this.parts.rig.file);
    const what = this.live ? await this.live.adjust(adjustment) : 'the task.';
    if (!compiled || !task) return what;
    // At once: a planner that is asked for while the policy hears of it is of this task.
    this.#task = compiled;
    this.parts.input = { ...this.parts.input, task };
    await this.policy?.judgeBy(task);
    return what;
  }

  /**
   * The model of this file plans from the next plan on, also in a planner that is not there yet; and the policy that went on
   * learning in it acts.
   */
  async takeOver(modelFile: string, practised?: Practised): Promise<void> {
    await this.#starting?.catch(() => undefined);
    if (practised) {
      const parts = { ...this.parts, ...practised, modelFile };
      await this.policy?.swap(policySetup(parts, practised.policy));
      Object.assign(this.parts, parts);
    }
    if (this.live) return this.live.takeOver(modelFile, practised?.policyFile);
    if (this.setup) this.setup = withModel(this.setup, modelFile, practised?.policyFile);
  }

  async close(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    await Promise.all([this.live?.close(), this.policy?.close(), this.#closing]);
  }

  async #require(name: PilotName): Promise<void> {
    if (this.planner.has(name)) return;
    if (name === 'policy') throw this.#policyFailure ?? nobody('policy');
    if (this.setup === null) throw nobody('planner');
    this.#starting ??= this.#start(this.setup).finally(() => {
      this.#starting = undefined;
    });
    await this.#starting;
  }

  async #start(setup: PlanSetup): Promise<void> {
    const { input, rig } = this.parts;
    this.live = await LivePlanner.start({ ...setup, task: input.task ?? rig.file.task }, rig);
    this.planner.add('planner', this.live.planner);
  }

  /** One that thought along cannot any more. A planner can be had anew, as the one before was adjusted; a policy cannot. */
  #failed(name: PilotName, thrown: unknown): void {
    if (name === 'policy') {
      this.#policyFailure = failedPolicy(thrown);
      return;
    }
    const { live } = this;
    if (!live) return;
    this.setup = live.setup;
    this.live = null;
    this.#closing = Promise.all([this.#closing, live.close()]).then(() => undefined);
  }
}

/** @throws ForesightError wrong-use where a policy is to drive, to explore or to think along, and none is named */
export function requirePolicy({ driver, beside, explore, policy }: RunInput): void {
  if ((driver === 'policy' || beside || explore) && policy === null) throw nobody('policy');
}

const nobody = (name: PilotName): ForesightError =>
  name === 'policy'
    ? new ForesightError(
        'wrong-use',
        'This run has no policy that could drive.',
        'Start a run with a policy: "foresight policy list" shows which there are.',
      )
    : new ForesightError(
        'wrong-use',
        'This run has no model that a planner could plan with.',
        "Start a run with the policy and a model, or on the rig's own simulator.",
      );

function failedPolicy(cause: unknown): ForesightError {
  const { code, message } = asForesightError(cause);
  return new ForesightError(
    code,
    `The policy of this run has failed and cannot drive in it any more: ${message}`,
    'Finish this run, and start another one with the policy.',
    { cause },
  );
}

async function planSetup({
  rig,
  input,
  record,
  modelFile,
  policyFile,
}: PilotParts): Promise<PlanSetup | null> {
  if (record === null && input.dynamics === 'model') return null;
  const task = input.task ?? rig.file.task;
  return {
    modelFile,
    ...(record ? { recalibration: summaryOf(record).recalibration } : { simulator: await simulatedRig(rig) }),
    ...(policyFile !== null && { policyFile }),
    ...{ task, planner: input.planner },
    // What learned from pictures knows no channel that a formula could be written in.
    propagation:
      record && summaryOf(record).eyes ? { ...input.propagation, reward: 'learned' } : input.propagation,
    ...planBounds(rig.file),
    ...{ threads: input.planner.threads, seed: input.seed },
  };
}

function policySetup({ rig, input, record, modelFile }: PilotParts, policy: Policy): PolicySetup {
  const { summary, arrays, eyes } = policy;
  // Of one that knows channels and the other pictures neither can foresee the other.
  const isSameKind = record !== null && (summaryOf(record).eyes === null) === (eyes === undefined);
  return {
    space: policySpace(summary, summary.history),
    behaviour: { kind: 'actor', actor: { shape: summary.actor, arrays }, explore: input.explore },
    known: knownOf(summary),
    model: isSameKind ? { file: modelFile, recalibration: summaryOf(record).recalibration } : null,
    ...(eyes && { eyes }),
    ...{ horizon: input.planner.horizon, task: input.task ?? rig.file.task, channels: rig.file },
    ...{ holdAction: planBounds(rig.file).holdAction, seed: input.seed },
  };
}

const knownOf = ({ known }: PolicySummary): PolicySetup['known'] => known ?? null;

/** A camera that is silent for so many of its periods shows nothing, and nothing is decided by it. */
const BLIND_PERIODS = 2;
/** Of one that carries on what it has seen, and knows for a while what will have become of it. */
const CARRIED_PERIODS = 8;

/** How those look who decide by pictures: a planner whose model learned from them, a policy that learned in such a model. */
function sightOf({ record, policy, rig: { file } }: PilotParts): Sight | null {
  const looking = { planner: record && summaryOf(record).eyes, policy: policy?.summary.eyes ?? null };
  const eyes = looking.planner ?? looking.policy;
  if (!eyes) return null;
  const pilots = (['planner', 'policy'] as const).filter((name) => looking[name] !== null);
  const carries = eyes.recurrent !== null;
  const periods = carries ? CARRIED_PERIODS : BLIND_PERIODS;
  const cameras = viewsOf(eyes).map(({ camera }) => {
    const rate = file.cameras.find(({ name }) => name === camera)?.rate ?? 1;
    const steps = 1 / (rate * file.periodSeconds);
    return { name: camera, every: Math.max(1, Math.floor(steps + 1e-9)), oldest: Math.ceil(periods * steps) };
  });
  return { pilots, cameras, stack: eyes.stack, carries };
}

/** Observations that whoever drives looks back on. A simulator must be told of the commands that are under way to it. */
function historyOf(parts: PilotParts, setup: PlanSetup | null): number {
  const { record, policy } = parts;
  const model = record ? summaryOf(record).options.history : 1;
  const simulator = 1 + (setup?.simulator?.file.mujoco?.actionDelaySteps ?? 0);
  // What was executed between the pictures is part of what is seen.
  return Math.max(model, simulator, policy?.summary.history ?? 1, sightOf(parts)?.stack ?? 1);
}
