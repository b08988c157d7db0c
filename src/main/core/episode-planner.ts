import type { StepRow } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import type { PilotName } from '../../shared/plan';
import type { ActionChannel } from '../../shared/rig';
import type { TickMessage } from '../control/messages';
import type { Pilot } from '../plan/thread';
import type { PlanResult } from '../plan/types';
import { EpisodeCourse, type PlanMessage, type Sight, type Tick } from './episode-course';
import { EpisodePilot, type MadePlan } from './episode-pilot';
import { actionView, planView } from './plan-view';
import type { Telemetry } from './telemetry';

/** What a plan said is looked up by the row that used it, which comes at most a horizon later. */
const KEPT_PLANS = 256;

/** What the row that follows a plan records of it. */
type Remembered = Pick<StepRow, 'prediction' | 'insight'>;

export interface PlannerChannels {
  periodSeconds: number;
  observations: number;
  /** Observations that are looked back on: as many as the model or the policy that looks back furthest. */
  history: number;
  /** Of somebody who decides by pictures. */
  sight?: Sight | null;
  /** File of the model that futures are imagined in now. */
  modelFile?(): string;
}

const blind = (camera: string, pilot: PilotName): ForesightError =>
  new ForesightError(
    'unavailable',
    `Camera "${camera}" shows nothing new, and this ${pilot === 'policy' ? 'policy acts' : 'model plans'} by what it sees.`,
    'Look at the camera in the room Rig, then start again.',
  );

export interface PilotOptions {
  /** Who drives at the beginning; the planner, where there is one, when left out. */
  driver?: PilotName;
  /** Somebody else drives from this step of the episode on. */
  onDriver?(name: PilotName, step: number): void;
  /** One that thinks along cannot any more; whoever drives goes on. */
  onFailure?(name: PilotName, error: unknown): void;
}

/**
 * Who says what the rig does: one pilot drives, another may think along or take over. Has the plans of one episode after
 * another made, hands over those of the one that drives, and remembers what they predicted.
 */
export class EpisodePlanner {
  /** Who does not drive thinks along, too. */
  beside = false;
  readonly #course: EpisodeCourse;
  readonly #pilots = new Map<PilotName, EpisodePilot>();
  #driver: PilotName;
  /** Shall drive as soon as a plan of its own is there. */
  #wanted: PilotName | undefined;
  /** Drives from this step on; until then the one before does. */
  #next: { name: PilotName; step: number } | undefined;
  /** Of the plan that is handed over last; grows. */
  #planId = 0;
  readonly #plans = new Map<number, Remembered & Pick<PlanResult, 'decided'>>();

  constructor(
    pilots: Partial<Record<PilotName, Pilot>>,
    private readonly telemetry: Pick<Telemetry, 'watched' | 'publish' | 'foreseen'>,
    private readonly channels: PlannerChannels,
    /** Monotonic, ms. */
    private readonly now: () => number = () => performance.now(),
    private readonly hooks: PilotOptions = {},
  ) {
    const periodMs = channels.periodSeconds * 1000;
    const { history, sight = null } = channels;
    this.#course = new EpisodeCourse({ periodMs, history, sight }, now);
    for (const name of ['planner', 'policy'] as const) {
      const pilot = pilots[name];
      if (pilot) this.add(name, pilot);
    }
    const [first] = this.#pilots.keys();
    const driver = hooks.driver ?? first;
    if (driver === undefined || !this.#pilots.has(driver)) throw new RangeError('nobody to drive');
    this.#driver = driver;
  }

  /** One that can drive or think along from now on. */
  add(name: PilotName, pilot: Pilot): void {
    const watched = () => this.telemetry.watched;
    const looks = this.channels.sight?.pilots.includes(name) ?? false;
    this.#pilots.set(name, new EpisodePilot(pilot, this.#course, watched, this.now, looks));
  }

  has(name: PilotName): boolean {
    return this.#pilots.has(name);
  }

  /** Who drives, or does as soon as it can. */
  get driver(): PilotName {
    return this.#wanted ?? this.#next?.name ?? this.#driver;
  }

  /**
   * Has this one drive, between two steps and without a gap: the one before goes on until a plan of this one's takes effect.
   * At once where no episode goes on.
   */
  drive(name: PilotName): void {
    if (name === this.driver) return;
    const pilot = this.#pilots.get(name);
    if (!pilot) throw new RangeError(`there is no ${name} to drive`);
    if (this.#next?.name === name || (this.#next === undefined && this.#driver === name)) {
      // Called back before the other one had taken over.
      this.#wanted = undefined;
      return;
    }
    // What it planned long ago is nothing to go on from.
    if (!this.beside) pilot.begin();
    this.#wanted = name;
  }

  /** A new episode. How long plans take is still known from the one before. */
  begin(): void {
    const wanted = this.driver;
    const changes = this.#wanted !== undefined;
    this.#wanted = undefined;
    this.#next = undefined;
    this.#driver = wanted;
    if (changes) this.hooks.onDriver?.(wanted, 0);
    this.#course.begin();
    for (const pilot of this.#pilots.values()) pilot.begin();
  }

  /** Real time: the first step of an episode that a plan is promised for. */
  get firstPlannedStep(): number {
    return this.#pilot(this.#driver).firstPlannedStep;
  }

  /** Every row of the episode passes here, whether it is planned from or not. */
  observed(row: Pick<TickMessage, 'observation' | 'action'>): void {
    this.#course.observed(row);
  }

  /** Somebody decides by pictures. */
  get looks(): boolean {
    return Boolean(this.channels.sight);
  }

  /** A camera of the rig took a picture. */
  saw(camera: string, step: number, data: Uint8Array): void {
    this.#course.saw(camera, step, data);
  }

  /** Lockstep: the plan for the step that waits for it. */
  async planFor(step: number, observation: number[], episode: number): Promise<PlanMessage> {
    if (this.#wanted !== undefined) {
      this.#driver = this.#wanted;
      this.#wanted = undefined;
      this.hooks.onDriver?.(this.#driver, step);
    }
    const blindCamera = this.#blindCamera(this.#driver, step);
    if (blindCamera !== undefined) throw blind(blindCamera, this.#driver);
    const plan = await this.#pilot(this.#driver).planFor(step, observation, episode);
    if (this.beside) {
      for (const [name, pilot] of this.#pilots) {
        if (name === this.#driver || this.#blindCamera(name, step) !== undefined) continue;
        await pilot.planFor(step, observation, episode).then(
          (other) => this.#show(other, name, false),
          (error: unknown) => this.#failed(name, error),
        );
      }
    }
    this.#show(plan, this.#driver, true);
    const { firstStep, actions, planMs } = plan.result;
    return { episode, planId: this.#remember(plan.result), firstStep, actions, planMs };
  }

  /**
   * Real time: this tick's action is being executed. Whoever drives plans ahead, and who thinks along; `send` gets every plan
   * of the one that drives. Rejects when that one's planning fails.
   * @param actions channels of the rig, for what the guard will make of plans
   */
  async planAhead(
    tick: Tick,
    episode: number,
    actions: readonly ActionChannel[],
    send: (plan: PlanMessage) => void,
  ): Promise<void> {
    this.#course.arrived(tick, episode, send);
    if (this.#next && tick.step >= this.#next.step) {
      this.#driver = this.#next.name;
      this.#next = undefined;
    }
    const due = tick.step + 1;
    await Promise.all(
      [...this.#pilots].map(async ([name, pilot]) => {
        // Blind, nobody plans by pictures: the rig then holds, as whenever plans are missing.
        if (this.#blindCamera(name, tick.step) !== undefined) return;
        const drives = this.#driverAt(due) === name;
        if (!drives && !this.beside && this.#wanted !== name && this.#next?.name !== name) return;
        try {
          await pilot.planAhead(actions, (plan) => this.#made(plan, name));
        } catch (error) {
          if (this.#driverAt(due) === name || this.#next?.name === name) throw error;
          this.#failed(name, error);
        }
      }),
    );
  }

  /** What the plan behind a row said, for that row. */
  rememberedOf(planId: number): Remembered | undefined {
    const plan = this.#plans.get(planId);
    if (plan === undefined) return undefined;
    const { decided, ...remembered } = plan;
    return remembered;
  }

  /** Of a policy's plan what it was decided in; undefined of any other. */
  decidedOf(planId: number): PlanResult['decided'] {
    return this.#plans.get(planId)?.decided;
  }

  /** The camera whose pictures do not come, of a pilot that decides by them. */
  #blindCamera(name: PilotName, step: number): string | undefined {
    return this.channels.sight?.pilots.includes(name) ? this.#course.blindTo(step) : undefined;
  }

  #pilot(name: PilotName): EpisodePilot {
    const pilot = this.#pilots.get(name);
    if (!pilot) throw new RangeError(`there is no ${name} to drive`);
    return pilot;
  }

  #driverAt(step: number): PilotName {
    return this.#next && step >= this.#next.step ? this.#next.name : this.#driver;
  }

  #made(plan: MadePlan, name: PilotName): void {
    const { firstStep, actions, planMs } = plan.result;
    // One that comes too late to take over has another try: how long its plans take is known now.
    if (this.#wanted === name && firstStep > (this.#course.newest?.tick.step ?? -1)) {
      this.#wanted = undefined;
      this.#next = { name, step: firstStep };
      this.hooks.onDriver?.(name, firstStep);
    }
    const drives = this.#driverAt(firstStep) === name;
    this.#show(plan, name, drives);
    if (!drives) return;
    // What it says about steps that another one drives is not for the rig.
    const until = this.#next && this.#next.name !== name ? this.#next.step - firstStep : actions.length;
    this.#course.send({
      ...{ episode: plan.episode, planId: this.#remember(plan.result), firstStep, planMs },
      actions: actions.slice(0, until),
      goodForSteps: Math.min(plan.goodForSteps, until),
    });
  }

  #failed(name: PilotName, error: unknown): void {
    this.#pilots.delete(name);
    if (this.#wanted === name) this.#wanted = undefined;
    this.hooks.onFailure?.(name, error);
  }

  /** @returns the plan's id for the rig */
  #remember({ firstStep, mean, std, insight, decided }: PlanResult): number {
    const id = ++this.#planId;
    const prediction = mean.length > 0 ? { prediction: { firstStep, mean, std } } : {};
    this.#plans.set(id, { ...prediction, insight, ...(decided && { decided }) });
    this.#plans.delete(id - KEPT_PLANS);
    return id;
  }

  #show({ result, episode, drawn }: MadePlan, pilot: PilotName, drives: boolean): void {
    if (!drawn) return;
    const { periodSeconds, observations, modelFile } = this.channels;
    const plan = planView(result, { pilot, episode, periodSeconds, observations });
    if (plan) this.telemetry.publish({ kind: drives ? 'plan' : 'beside', plan });
    else if (result.mean.length === 0) {
      const acting = actionView(result, { pilot, episode, drives, periodSeconds });
      if (!acting) return;
      this.telemetry.publish({ kind: 'acting', acting });
      const { latent, firstStep } = result;
      if (drives && latent && modelFile) {
        this.telemetry.foreseen = {
          modelFile: modelFile(),
          episode,
          step: firstStep,
          states: latent,
          horizon: result.actions.length,
        };
      }
    }
  }
}
