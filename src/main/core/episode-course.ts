import type { PilotName } from '../../shared/plan';
import type { ActionChannel } from '../../shared/rig';
import { guardAction, holdAction } from '../control/guard';
import type { PlanMessage as PlanToRig, TickMessage } from '../control/messages';
import { PlanBook } from '../control/plans';
import type { Glimpse, PlanRequest } from '../plan/types';
import { TickPhase } from './latency';

export type PlanMessage = Omit<PlanToRig, 'type'>;
export type Tick = Pick<TickMessage, 'step' | 'observation' | 'action'>;
type Row = Pick<TickMessage, 'observation' | 'action'>;

/** How somebody looks who decides by pictures. */
export interface Sight {
  /** Who does. */
  pilots: readonly PilotName[];
  /**
   * Cameras that are looked through: steps from one picture to the next, at least, and steps without a new one from which on it is taken
   * for blind.
   */
  cameras: readonly { name: string; every: number; oldest: number }[];
  /** Pictures of each that are decided by. */
  stack: number;
  /** Of a model that carries on from step to step what it has seen: it is told of them one by one. */
  carries: boolean;
}

interface Picture {
  /** The first that sees it: it was captured no later than the row of that step. */
  step: number;
  /** The one that was under way when it came. */
  came: number;
  data: Uint8Array;
}

/** Steps that somebody who carries on what was seen is told of at most: those since the last plan, and where there was none some before. */
const KEPT_STEPS = 32;
/**
 * Pictures that are kept beside those that are decided by: those of steps that are planned from late. A camera whose pictures come even
 * later is taken for blind.
 */
const KEPT_PICTURES = 16;

/** What is known of an episode by whoever is to say how it goes on, the same for all of them. */
export class EpisodeCourse {
  /** Real time: the newest row, and where its episode's plans go. */
  newest: { tick: Tick; episode: number; send(plan: PlanMessage): void } | undefined;
  /** Rows of the episode so far, newest last, as many as somebody looks back. */
  #past: Row[] = [];
  /** Rows in all, and what was executed from the newest of them. */
  #rows = 0;
  #done: number[][] = [];
  /** The plans in force, as the rig process has them. */
  #book = new PlanBook();
  #phase: TickPhase;
  /** The newest pictures of each camera, oldest first, and the steps at which they were taken. */
  #pictures = new Map<string, Picture[]>();

  constructor(
    private readonly how: {
      periodMs: number;
      /** Observations that are looked back on, 1 or more. */
      history: number;
      /** Of somebody who decides by pictures: whose, and how many of the newest steps. */
      sight?: Sight | null;
    },
    /** Monotonic, ms. */
    private readonly now: () => number,
  ) {
    this.#phase = new TickPhase(how.periodMs);
  }

  get periodMs(): number {
    return this.how.periodMs;
  }

  begin(): void {
    this.newest = undefined;
    this.#pictures = new Map();
    this.#past = [];
    [this.#rows, this.#done] = [0, []];
    this.#book = new PlanBook();
    this.#phase = new TickPhase(this.how.periodMs);
  }

  /** A row that has only just come: that is what tells when ticks are. Who waits for its pictures hears of it later (`arrived`). */
  observed({ observation, action }: Row): void {
    this.#phase.push(this.#rows, this.now());
    const { history, sight } = this.how;
    this.#past.push({ observation, action });
    if (this.#past.length > history + (sight ? KEPT_PICTURES : 0)) this.#past.shift();
    this.#rows++;
    this.#done.push(action);
    if (this.#done.length > KEPT_STEPS + 1) this.#done.shift();
  }

  /** A camera of the rig took a picture. @param step the first that sees it (`framesSeen`), however late it comes */
  saw(camera: string, step: number, data: Uint8Array): void {
    const { sight } = this.how;
    if (!sight?.cameras.some(({ name }) => name === camera)) return;
    const kept = this.#of(camera);
    this.#pictures.set(camera, kept);
    kept.push({ step, came: Math.max(step, this.newest?.tick.step ?? 0), data });
    const most = sight.carries ? KEPT_STEPS : sight.stack + KEPT_PICTURES;
    if (kept.length > most) kept.shift();
  }

  /**
   * The first camera whose pictures do not come or have stopped, so that nothing can be decided at this step by what there is to see;
   * undefined where all of them show something.
   */
  blindTo(step: number): string | undefined {
    const blind = this.how.sight?.cameras.find(({ name, oldest }) => {
      const newest = this.#of(name).at(-1);
      return newest === undefined || step - newest.came > oldest || step - newest.step > KEPT_PICTURES;
    });
    return blind?.name;
  }

  /**
   * The newest step until this one of which it is known what was seen there: pictures that belong to a later one may be on their way, and
   * those before them in their place would tell of a rig that stood still. Steps are told apart by when pictures were captured, not by
   * how many there are.
   */
  seenUntil(step: number): number {
    const { sight } = this.how;
    if (!sight || sight.carries) return step;
    const known = sight.cameras.map(({ name, every }) => (this.#of(name).at(-1)?.step ?? step) + every - 1);
    return Math.min(step, ...known);
  }

  /** What was observed at an earlier step than the newest, what was before it, and what was executed from it on until `until`. */
  earlier(step: number, until: number): Pick<PlanRequest, 'observation' | 'past'> & { done: number[][] } {
    const first = this.#rows - this.#past.length;
    const at = Math.max(0, step - first);
    const before = this.#past.slice(Math.max(0, at - this.how.history + 1), at);
    return {
      observation: this.#past[at]?.observation ?? [],
      past: pastOf(before),
      done: this.#past.slice(at, until - first).map(({ action }) => action),
    };
  }

  /**
   * What was seen at this step and at those before it, oldest first: the newest picture that each of them had, of every camera in the
   * order in which they are looked through.
   */
  pictures(step: number): Uint8Array[] | undefined {
    const { sight } = this.how;
    if (!sight?.cameras.every(({ name }) => this.#of(name).length > 0)) return undefined;
    return Array.from({ length: sight.stack }, (_, i) =>
      sight.cameras.map(({ name }) => {
        const at = step - (sight.stack - 1 - i);
        const kept = this.#of(name);
        return (kept.findLast((picture) => picture.step <= at) ?? (kept[0] as Picture)).data;
      }),
    ).flat();
  }

  /** The newest steps until this one, for somebody who carries on what was seen, oldest first. */
  glimpses(step: number): Glimpse[] | undefined {
    const { sight } = this.how;
    if (!sight?.carries) return undefined;
    const first = Math.max(0, step - KEPT_STEPS + 1);
    return Array.from({ length: step - first + 1 }, (_, i) => {
      const at = first + i;
      return {
        step: at,
        // The oldest action that is kept is that of row rows − done.
        before: this.#done[at - 1 - (this.#rows - this.#done.length)] ?? null,
        pictures: sight.cameras.map(
          ({ name }) => this.#of(name).findLast((picture) => picture.step === at)?.data ?? null,
        ),
      };
    });
  }

  #of(camera: string): Picture[] {
    return this.#pictures.get(camera) ?? [];
  }

  /** Real time: this tick's action is being executed, and what was seen at it is there or was waited for. */
  arrived(tick: Tick, episode: number, send: (plan: PlanMessage) => void): void {
    this.newest = { tick, episode, send };
  }

  /** Since the tick of this step, ms. */
  ageMs(step: number): number {
    return this.now() - this.#phase.at(step);
  }

  /** Hands a plan to the rig. */
  send(plan: PlanMessage): void {
    this.#book.add(plan);
    this.newest?.send(plan);
  }

  /** Rows before one that is planned from. @param fromNewest the newest row is itself the one */
  past(fromNewest: boolean): { observations: number[][]; actions: number[][] } {
    const { history } = this.how;
    const before = fromNewest ? this.#past.slice(0, -1) : this.#past;
    return pastOf(history > 1 ? before.slice(1 - history) : []);
  }

  /** What will be executed at the steps before `firstStep`, the one under way first, as the guard lets it through. */
  pending(tick: Tick, firstStep: number, actions: readonly ActionChannel[]): number[][] {
    const pending = [tick.action];
    const hold = [...holdAction(actions)];
    for (let step = tick.step + 1; step < firstStep; step++) {
      const { requested } = this.#book.foresee(step) ?? { requested: hold };
      const before = Float64Array.from(pending.at(-1) ?? hold);
      pending.push([...guardAction(actions, this.periodMs / 1000, before, requested, step).action]);
    }
    return pending;
  }
}

const pastOf = (rows: readonly Row[]): { observations: number[][]; actions: number[][] } => ({
  observations: rows.map((row) => row.observation),
  actions: rows.map((row) => row.action),
});
