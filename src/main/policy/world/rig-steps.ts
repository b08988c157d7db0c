import type { EpisodeEvent } from '../../../shared/episode';
import { stateFrom } from '../../dynamics/layout';
import type { Transition } from '../replay';
import { type PolicySpace, toUnit } from '../representation/space';

/** A row of an episode on a rig, as a policy's learner must know it. */
export interface RigRow {
  step: number;
  /** Seconds on the device's clock; NaN where it has none. */
  deviceSeconds: number;
  observation: readonly number[];
  /** As executed, after the guard, and as asked for, SI units; no numbers on the last row. */
  action: readonly number[];
  requested: readonly number[];
  /** On arriving at this row. */
  reward: number;
  /**
   * What the policy decided the row's action in; null where it was not the policy's decision for this very step: before the
   * first one, or bridged because one came late.
   */
  decided: { state: Float32Array; behaviour: number; late: number } | null;
  /** Somebody or something interfered: a hold, a stop, a skipped tick. */
  disturbed: boolean;
  /** The last row of its episode: the task ended it, its steps were over, the rig had left its limits, or it was cut short. */
  end: 'termination' | 'step limit' | 'outside limits' | 'cut' | null;
}

/** What makes of a step another one than the policy's. */
const DISTURBING: ReadonlySet<EpisodeEvent['kind']> = new Set([
  ...(['release', 'resume', 'stop', 'watchdog', 'overrun', 'rig-fault'] as const),
]);

/**
 * How the step that led to a row came out. A rig that holds because it has left its limits does so when the step is over: what
 * led there is the policy's doing. Every other hold came in its middle.
 * @param row.found by what this side ended the episode with this row
 */
export function howItEnded(
  events: readonly EpisodeEvent[],
  { last, found }: { last: boolean; found: 'termination' | 'step limit' | null },
): Pick<RigRow, 'disturbed' | 'end'> {
  const outside = events.some(({ kind }) => kind === 'outside-limits');
  const holds = events.filter(({ kind }) => kind === 'hold').length;
  const disturbed = events.some(({ kind }) => DISTURBING.has(kind)) || holds > (outside ? 1 : 0);
  return { disturbed, end: last ? (found ?? (outside && !disturbed ? 'outside limits' : 'cut')) : null };
}

/** A step whose device time differs from the control period by more than this share of it is no step. */
const PERIOD_TOLERANCE = 0.5;
/** An observation that came late is caught up with within so many rows, or the delay is there to stay. */
const CAUGHT_UP = 10;

/**
 * Transitions out of the rows of a rig that moves by itself, row by row. A transition is a step from one decision of the policy
 * to its next: state and next state are what the policy saw when it decided (which in real time is a little before the action
 * takes effect), the action is what was executed. Whatever is no such step becomes none: an action that the policy did not decide
 * for that step, a step that did not take one control period, one that somebody interfered with, and the steps around a late
 * observation. A step limit is no end of the task, nor is a rig that holds outside its limits, unless the task's termination is
 * true there; and what came after an interruption does not follow what was before it.
 */
export class RigSteps {
  #episode = -1;
  #rows: RigRow[] = [];
  /** Step of the episode that the policy decided first: in real time nobody decides the one at its beginning. */
  #first: number | null = null;
  /** Made, and not given yet: whether another one follows shows a row later. */
  #held: Transition | undefined;
  #leftOut = 0;
  /** Rows since an observation that came late, and was not caught up with yet; null: none. */
  #behind: number | null = null;

  constructor(
    private readonly space: PolicySpace,
    private readonly periodSeconds: number,
    /** [actions] what the rig is taken to have done before an episode. */
    private readonly rest: readonly number[],
  ) {}

  /** Steps that became no transition, in all. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** A new episode. @returns what is known to be last by now */
  begin(): Transition[] {
    this.#episode++;
    this.#rows = [];
    this.#first = null;
    this.#behind = null;
    return this.#release(true);
  }

  /** @returns transitions that are complete with this row, in order */
  row(row: RigRow): Transition[] {
    const before = this.#rows.at(-1);
    this.#rows.push(row);
    if (row.decided !== null) this.#first ??= row.step;
    if (this.#rows.length > this.space.layout.history + 2) this.#rows.shift();
    const made = before ? this.#transition(before, row) : null;
    const given = this.#release(made === null);
    if (before && made === null) this.#leftOut++;
    if (made) this.#held = made;
    if (row.end !== null) given.push(...this.#release(true));
    return given;
  }

  #release(last: boolean): Transition[] {
    const held = this.#held;
    this.#held = undefined;
    return held ? [{ ...held, last: held.terminated || last }] : [];
  }

  #transition(before: RigRow, after: RigRow): Transition | null {
    const regular = this.#regular(before, after);
    const { decided } = before;
    if (!regular || decided === null || after.disturbed || after.end === 'cut') return null;
    const next = after.decided?.state ?? (after.end === null ? null : this.#seenAt(decided.late));
    if (next === null || !Number.isFinite(after.reward) || !next.every(Number.isFinite)) return null;
    return {
      ...{ state: decided.state, action: toUnit(this.space, before.action), reward: after.reward, next },
      ...{ terminated: after.end === 'termination', last: false },
      taken: {
        ...{ episode: this.#episode, step: before.step - (this.#first ?? 0) },
        ...{ behaviour: decided.behaviour, advice: null },
        asked: toUnit(this.space, before.requested),
      },
    };
  }

  /** What the policy would have seen for the last row, had it decided as late as before. */
  #seenAt(late: number): Float32Array {
    const observed = this.#rows.slice(0, this.#rows.length - late);
    const actions = this.#rows.slice(late, -1).map(({ action }) => action);
    const observations = (observed.length > 0 ? observed : this.#rows.slice(0, 1)).map(
      ({ observation }) => observation,
    );
    return stateFrom(this.space.layout, observations, actions, this.rest);
  }

  /** Did the step take one control period, on the device's clock, and none around it that says otherwise? */
  #regular(before: RigRow, after: RigRow): boolean {
    const periods = (after.deviceSeconds - before.deviceSeconds) / this.periodSeconds;
    if (Number.isNaN(periods)) return true;
    const short = periods < 1 - PERIOD_TOLERANCE;
    const long = periods > 1 + PERIOD_TOLERANCE;
    if (short) this.#behind = 0;
    const behind = this.#behind !== null;
    if (this.#behind !== null && (long || ++this.#behind > CAUGHT_UP)) this.#behind = null;
    return !behind && !long;
  }
}
