import type { EpisodeEvent, StepRow } from '../../../shared/episode';
import type { TelemetryBatch } from '../../../shared/telemetry';
import type { TickMessage } from '../../control/messages';
import type { CompiledTask } from '../../task';
import type { Finding } from './types';

/** What arriving at a step is worth, and whether the episode ends there. */
export interface Arrival {
  reward: number;
  found: Finding | null;
  /** Whether the task is done; null where it says nothing of that, and on the first row. */
  success: boolean | null;
}

export interface LedgerRules {
  task: () => CompiledTask;
  useTermination: boolean;
  maxSteps: number;
  /** Channels of an action. */
  actions: number;
}

/** Something else went out than what was asked for. */
const CHANGED_COMMAND = new Set<EpisodeEvent['kind']>([
  'guard-clip',
  'guard-rate',
  'joint-limit',
  'workspace',
]);

/** What is remembered of a plan for the row that used it. */
type Planned = Pick<StepRow, 'prediction' | 'insight'>;

/** The arithmetic of one episode: rewards on arrival, their sum, and what is counted on the way. */
export class EpisodeLedger {
  return = 0;
  readonly counts: NonNullable<TelemetryBatch['counts']> = { missed: 0, overruns: 0, guard: 0, plans: 0 };
  readonly planMs: number[] = [];
  readonly latenessMs: number[] = [];
  rows = 0;
  /** Whether the task was done at the newest row, and at how many. */
  success: boolean | null = null;
  successSteps = 0;
  #before: { observation: number[]; action: number[] } | undefined;
  readonly #arrivals = new Map<number, Arrival>();

  constructor(private readonly rules: LedgerRules) {}

  /** Reward and end of the episode on arriving at `step`, decided once a step: the task may be exchanged meanwhile. */
  arrive(step: number, observation: number[]): Arrival {
    const known = this.#arrivals.get(step);
    if (known) return known;
    const arrival = this.#judge(step, observation);
    this.#arrivals.set(step, arrival);
    this.#arrivals.delete(step - 2);
    return arrival;
  }

  /** @param last the row of the last step: nothing is executed from it */
  enter(tick: TickMessage, last: boolean, planned: Planned | undefined): StepRow {
    const { reward, success } = this.arrive(tick.step, tick.observation);
    const nothing = () => new Array<number>(this.rules.actions).fill(Number.NaN);
    const row: StepRow = {
      step: tick.step,
      hostSeconds: tick.hostSeconds,
      deviceSeconds: tick.deviceSeconds,
      observation: tick.observation,
      action: last ? nothing() : tick.action,
      requested: last ? nothing() : tick.requested,
      reward,
      latenessSeconds: tick.latenessSeconds,
      planMs: last ? Number.NaN : tick.planMs,
      missed: !last && tick.missed ? 1 : 0,
      ...(last ? {} : planned),
    };
    this.rows += 1;
    this.return += reward;
    this.success = success;
    if (success) this.successSteps += 1;
    this.latenessMs.push(tick.latenessSeconds * 1000);
    if (!last) this.#before = { observation: tick.observation, action: tick.action };
    this.#count(tick, row);
    return row;
  }

  #judge(step: number, observation: number[]): Arrival {
    const { useTermination, maxSteps } = this.rules;
    const before = this.#before;
    const task = this.rules.task();
    if (!before) return { reward: 0, success: null, found: step >= maxSteps ? 'step limit' : null };
    const transition = [before.observation, before.action, observation] as const;
    const reward = task.reward(...transition);
    const success = task.succeeded?.(...transition) ?? null;
    if (useTermination && task.terminated(...transition)) return { reward, success, found: 'termination' };
    return { reward, success, found: step >= maxSteps ? 'step limit' : null };
  }

  #count({ events }: TickMessage, row: StepRow): void {
    const { counts } = this;
    if (row.missed) counts.missed++;
    for (const { kind } of events) {
      if (kind === 'overrun') counts.overruns++;
      if (CHANGED_COMMAND.has(kind)) counts.guard++;
    }
    if (row.insight !== undefined && Number.isFinite(row.planMs)) {
      counts.plans++;
      this.planMs.push(row.planMs);
    }
  }
}
