import type { EpisodeEvent } from '../../shared/episode';
import type { RigFile } from '../../shared/rig';
import type { Observation } from '../rig/driver';
import type { CommandGuard } from './command-guard';
import type { Controller } from './controllers';
import type { BeginRequest, EndedMessage, TickMessage } from './messages';
import type { Decision } from './plans';

/** Why an episode is over. */
export interface Ending {
  reason: EndedMessage['reason'];
  message: string;
}

/** `cause` is a sentence, or empty. Whether the rig then held is told by its state, from the device's read-back. */
export function endedByHold(cause: string): Ending {
  return { reason: 'held', message: cause === '' ? 'Ended by a hold.' : `Ended by a hold: ${cause}` };
}

/** One step: the row for the log, what the driver shall apply (nothing on the last row), and a hold to bring about. */
export interface StepResult {
  row: TickMessage;
  action: Float64Array | undefined;
  /** Set when this step brings the rig to hold: the cause as a sentence. */
  hold: string | undefined;
}

/**
 * An episode that is running: observation in, row out. It decides nothing about time and touches no driver, so it
 * is the same in real time and in lockstep.
 *
 * Rows: an episode of N transitions has N + 1; row k holds the observation at step k and the action executed from
 * it, and the last row's action is NaN.
 */
export class Episode {
  readonly id: number;
  step = 0;
  /** Set from outside (end, hold, stop): the next row is the last. */
  ending: Ending | undefined;
  /** What happened since the last row. */
  private pending: EpisodeEvent[] = [];
  private start: Observation | undefined;
  private missedInRow = 0;

  constructor(
    private readonly rig: RigFile,
    private readonly request: BeginRequest,
    readonly controller: Controller,
    private readonly lockstep: boolean,
    private readonly guard: CommandGuard,
  ) {
    this.id = request.episode;
  }

  /** All transitions that were asked for are there: the row of this step is the last. */
  get atEnd(): boolean {
    return this.step >= (this.request.maxSteps ?? Infinity);
  }

  /** Something that belongs to the row in hand: the newest one sent, or row 0 before it. */
  note(kind: EpisodeEvent['kind'], message: string): void {
    this.pending.push({ step: Math.max(0, this.step - 1), kind, message });
  }

  drainEvents(): EpisodeEvent[] {
    const events = this.pending;
    this.pending = [];
    return events;
  }

  /** The first ending counts. */
  finish(ending: Ending): void {
    this.ending ??= ending;
  }

  /**
   * The row of this step.
   * @param events what the loop saw on the way here (overrun, watchdog)
   */
  takeStep(
    observation: Observation,
    now: number,
    latenessSeconds: number,
    events: EpisodeEvent[],
  ): StepResult {
    const step = this.step;
    const happened = [...this.drainEvents(), ...events];
    this.start ??= observation;
    let hold: string | undefined;

    const outside = this.guard.judge(observation.values, step);
    if (outside) {
      happened.push(outside);
      hold = outside.message;
    }
    if (this.atEnd) {
      this.finish({ reason: 'asked', message: `The episode has its ${step} steps.` });
    }
    const decision = this.ending || hold ? undefined : this.controller.decide(step, now);
    if (decision) hold = decision.hold ?? this.countMissed(decision, happened);
    if (hold) {
      happened.push({ step, kind: 'hold', message: `Hold: ${hold}` });
      this.finish(endedByHold(hold));
    }

    let action: Float64Array | undefined;
    if (decision && !this.ending) {
      const guarded = this.guard.command(decision.requested, observation.values, step);
      action = guarded.action;
      happened.push(...guarded.events);
    }
    this.step += 1;
    const row = this.row(step, observation, latenessSeconds, decision, action, happened);
    return { row, action, hold };
  }

  /** Counts late plans, and says when there were too many in a row. */
  private countMissed(decision: Decision, events: EpisodeEvent[]): string | undefined {
    if (!decision.missed) {
      this.missedInRow = 0;
      return undefined;
    }
    this.missedInRow += 1;
    const used =
      decision.planId < 0
        ? 'no earlier plan reaches this far, the hold action is used'
        : `action ${decision.planOffset} of an earlier plan is used`;
    events.push({
      step: this.step,
      kind: 'missed-plan',
      message: `The plan for this step is late; ${used}.`,
    });
    const { controller } = this.request;
    const most = controller.kind === 'planned' ? controller.missedPlansToHold : Infinity;
    return this.missedInRow >= most ? `${this.missedInRow} plans in a row came late.` : undefined;
  }

  private row(
    step: number,
    observation: Observation,
    latenessSeconds: number,
    decision: Decision | undefined,
    action: Float64Array | undefined,
    events: EpisodeEvent[],
  ): TickMessage {
    const start = this.start ?? observation;
    const nothing = this.rig.actions.map(() => Number.NaN);
    const deviceSeconds = observation.deviceSeconds - start.deviceSeconds;
    return {
      type: 'tick',
      episode: this.id,
      step,
      observation: [...observation.values],
      action: action ? [...action] : nothing,
      requested: action && decision ? [...decision.requested] : nothing,
      // In lockstep the host's clock has no part in what happens, and a repeated run repeats every number.
      hostSeconds: this.lockstep ? deviceSeconds : observation.hostSeconds - start.hostSeconds,
      deviceSeconds,
      latenessSeconds,
      planId: decision?.planId ?? -1,
      planOffset: decision?.planOffset ?? 0,
      planMs: decision?.planMs ?? Number.NaN,
      missed: decision?.missed ?? false,
      events,
      last: this.ending !== undefined,
      ...(observation.pose && { pose: [...observation.pose] }),
    };
  }
}
