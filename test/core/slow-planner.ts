import type { Clock } from '../../src/main/control/clock';
import { ControlLoop } from '../../src/main/control/loop';
import type { FromRig, TickMessage } from '../../src/main/control/messages';
import type { Sight } from '../../src/main/core/episode-course';
import { EpisodePlanner } from '../../src/main/core/episode-planner';
import type { Plan, Scores } from '../../src/main/plan/method';
import { samplingMethod } from '../../src/main/plan/methods';
import type { Pilot, Planner, PlanRequest, PlanResult } from '../../src/main/plan/thread';
import type { Driver, Observation, Readback } from '../../src/main/rig/driver';
import { compileTask } from '../../src/main/task';
import { MppiOptions, type PilotName } from '../../src/shared/plan';
import { Random } from '../../src/shared/random';
import { RigFile } from '../../src/shared/rig';
import type { ManualClock } from '../control/manual-clock';
import { CARTPOLE_CHANNELS, CARTPOLE_TASK, cartpoleStep, PERIOD, type State } from '../plan/cartpole';

const HORIZON = 25;
export const PERIOD_MS = PERIOD * 1000;

export const CARTPOLE_RIG = RigFile.parse({
  schema: 'foresight.rig/1',
  name: 'textbook-cartpole',
  title: 'Textbook cart-pole',
  driver: 'mujoco',
  mujoco: { model: 'none.xml' },
  periodSeconds: PERIOD,
  observations: CARTPOLE_CHANNELS.observations.map(({ name, unit }) => ({
    ...{ name, unit, limits: [-100, 100], source: { joint: name, quantity: 'position' } },
  })),
  actions: [{ name: 'force', unit: '1', limits: [-1, 1], actuator: 'force' }],
  task: CARTPOLE_TASK,
  scene: { model: 'none.xml', joints: {} },
});

/** The textbook cart-pole in real time: it moves on by itself, once a period, under what was commanded last. */
class CartpoleDriver implements Driver {
  readonly info = { name: 'cart-pole', version: '1', link: 'in memory' };
  readonly rig = { file: CARTPOLE_RIG, folder: '/', builtIn: false };
  readonly mode = 'realtime' as const;
  readonly plantLimits = [];
  #state: State = [0, 0, 0, 0];
  #action = 0;
  #steps = 0;
  #newest: Observation;
  #reset = false;
  readonly #listeners = new Set<(observation: Observation) => void>();

  constructor(private readonly clock: Clock) {
    this.#newest = this.#observation();
    this.#moveOn();
  }

  #moveOn(): void {
    this.clock.later(() => {
      this.#steps++;
      if (this.#reset) this.#state = cartpoleStep(this.#state, this.#action);
      this.#newest = this.#observation();
      for (const listener of this.#listeners) listener(this.#newest);
      this.#moveOn();
    }, PERIOD_MS);
  }

  #observation(): Observation {
    return {
      values: Float64Array.from(this.#state),
      deviceSeconds: this.#steps * PERIOD,
      hostSeconds: this.clock.now(),
    };
  }

  latest(): Observation {
    return this.#newest;
  }
  onObservation(listener: (observation: Observation) => void) {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }
  onFault() {
    return { dispose: () => undefined };
  }
  act([force = 0]: Float64Array): void {
    this.#action = force;
  }
  async reset(seed: number): Promise<Observation> {
    const random = new Random(seed);
    const near = () => random.uniformIn(-0.05, 0.05);
    this.#state = [near(), near(), near(), near()];
    this.#action = 0;
    this.#reset = true;
    this.#newest = this.#observation();
    return this.#newest;
  }
  async hold(): Promise<Readback> {
    return { halted: true, torque: true, applied: Float64Array.of(0) };
  }
  async release(): Promise<Readback> {
    return { halted: true, torque: false, applied: Float64Array.of(0) };
  }
  async resume(): Promise<Readback> {
    return { halted: false, torque: true, applied: Float64Array.of(0) };
  }
  async status(): Promise<Readback> {
    return { halted: false, torque: true, applied: Float64Array.of(this.#action) };
  }
  counters() {
    return {};
  }
  async close(): Promise<void> {}
}

/** A camera that shows where cart and pole are, and not how fast. */
export interface LateCamera {
  /** Periods that a picture is under way. */
  periods: number;
  /** And, of a period, what it is under way beyond that: no plan is made before it is there. */
  share?: number;
  /** No picture of this step ever comes. */
  isLost?(step: number): boolean;
}

const pictureOf = ([x = 0, , angle = 0]: readonly number[]): Uint8Array =>
  new Uint8Array(Float64Array.of(x, angle).buffer);

/** Where cart and pole are. */
export const shownBy = (picture: Uint8Array): [number, number] => {
  const [x = 0, angle = 0] = new Float64Array(picture.slice().buffer);
  return [x, angle];
};

/** The state at the newer of two pictures that were taken a period apart, by what was executed in between. */
function seenState([older, newer]: readonly Uint8Array[], action: number): State {
  const [before, after] = [shownBy(older as Uint8Array), shownBy(newer as Uint8Array)];
  const rates = before.map((place, i) => ((after[i] as number) - place) / PERIOD) as [number, number];
  return cartpoleStep([before[0], rates[0], before[1], rates[1]], action);
}

/** MPPI on the true dynamics, whose plans come a given time after they were asked for. */
class SlowPlanner implements Planner {
  readonly compileMs = 0;
  readonly horizon = HORIZON;
  busy = false;
  readonly requests: PlanRequest[] = [];
  readonly #task = compileTask(CARTPOLE_TASK, CARTPOLE_CHANNELS);
  readonly #method = samplingMethod(MppiOptions.parse({ method: 'mppi', horizon: HORIZON, candidates: 80 }), {
    ...{ horizon: HORIZON, low: Float64Array.of(-1), high: Float64Array.of(1), hold: Float64Array.of(0) },
    values: [null],
  });
  #previous: Plan | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly takesMs: () => number,
    /** False: as if the observation were still true when the plan takes effect. */
    private readonly compensates: boolean,
    readonly warmPlanMs: number,
  ) {}

  async plan(request: PlanRequest): Promise<PlanResult> {
    this.busy = true;
    this.requests.push(request);
    const made = this.#make(request);
    await new Promise<void>((resolve) => this.clock.later(resolve, this.takesMs()));
    this.busy = false;
    return made;
  }

  async #make(request: PlanRequest): Promise<PlanResult> {
    const { observedStep, pending, observation } = request;
    const firstStep = observedStep + pending.length;
    let start = (
      request.pictures ? seenState(request.pictures, request.past?.actions.at(-1)?.[0] ?? 0) : observation
    ) as State;
    if (this.compensates) for (const [action = 0] of pending) start = cartpoleStep(start, action);
    if (request.fresh) this.#previous = null;
    const plan = await this.#method({
      step: firstStep,
      previous: this.#previous,
      random: new Random(firstStep),
      start: Float32Array.from(start),
      before: Float64Array.from(pending.at(-1) ?? [0]),
      evaluate: async (candidates) => this.#evaluate(start, candidates),
    });
    this.#previous = plan;
    return {
      ...{ id: request.id, observedStep, firstStep, expectedReturn: 0, candidates: [], graphMs: 0 },
      actions: Array.from(plan.actions, (action) => [action]),
      warmStart: { ...plan, method: 'mppi', episode: 1 },
      ...{ mean: new Float32Array(0), std: new Float32Array(0), planMs: this.takesMs() },
      insight: {
        ...{ expectedReturn: 0, returnStd: null, disagreement: null, knownSteps: null, stepsOutside: 0 },
        ...{ limitPenalty: 0, ratePenalty: 0, candidates: 80, iterations: 2, particles: 1 },
      },
    };
  }

  #evaluate(start: State, candidates: Float32Array): Scores {
    const values = Float64Array.from({ length: candidates.length / HORIZON }, (_, row) => {
      let state = start;
      let total = 0;
      for (let t = 0; t < HORIZON; t++) {
        const action = candidates[row * HORIZON + t];
        const next = cartpoleStep(state, action);
        // Upright is worth more than nearly so: what is best differs from the first step on.
        total += 1 - next[2] ** 2 - 0.01 * next[0] ** 2;
        if (this.#task.terminated(state, [action], next)) return total - 10;
        state = next;
      }
      return total;
    });
    return { values, resolution: 1e-9 };
  }

  async swap(): Promise<void> {}
  async adjust(): Promise<void> {}
  async close(): Promise<void> {}
}

/** A policy that balances: a few numbers times the state at which its action takes effect, at once. */
class Reflex implements Pilot {
  readonly warmPlanMs = 0.3;
  readonly horizon = 3;
  asked = 0;

  async plan({ id, observation, observedStep, pending }: PlanRequest): Promise<PlanResult> {
    this.asked++;
    let state = observation as State;
    for (const [action = 0] of pending) state = cartpoleStep(state, action);
    const [x, v, angle, rate] = state;
    const force = Math.min(1, Math.max(-1, 0.1 * x + 0.2 * v + 3 * angle + 0.8 * rate));
    return {
      ...{ id, observedStep, firstStep: observedStep + pending.length, expectedReturn: 0, candidates: [] },
      ...{ actions: [[force], [force], [force]], warmStart: null, graphMs: 0, planMs: 0 },
      ...{ mean: new Float32Array(0), std: new Float32Array(0) },
      insight: {
        ...{ expectedReturn: null, returnStd: null, disagreement: null, knownSteps: null, stepsOutside: 0 },
        ...{ limitPenalty: 0, ratePenalty: 0, candidates: 1, iterations: 1, particles: 0 },
      },
    };
  }
}

const SIGHT: Sight = {
  pilots: ['planner'],
  cameras: [{ name: 'side', every: 1, oldest: 2 }],
  ...{ stack: 2, carries: false },
};

export interface SlowRun {
  /** Steps before the pole fell, or the loop held. */
  steps: number;
  ticks: TickMessage[];
  requests: PlanRequest[];
  /** How often the policy was asked. */
  asked: number;
  /** Who drove from which step on, as it was told. */
  drove: [PilotName, number][];
  /** [row] whose action it is. */
  by: (PilotName | null)[];
  endedBy: string;
}

/** One episode of at most 200 steps: the real loop, the real asking for plans, on a clock that is turned by hand. */
export async function runSlowly(
  clock: ManualClock,
  {
    takesMs,
    compensates = true,
    warmPlanMs,
    seed = 1,
    missedPlansToHold = 10,
    switches = {},
    driver = 'planner',
    beside = false,
    camera,
  }: {
    takesMs: () => number;
    compensates?: boolean;
    warmPlanMs: number;
    seed?: number;
    missedPlansToHold?: number;
    /** By step: who is to drive as soon as it can. */
    switches?: Record<number, PilotName>;
    driver?: PilotName;
    beside?: boolean;
    /** The planner decides by two pictures of it. */
    camera?: LateCamera;
  },
): Promise<SlowRun> {
  const slow = new SlowPlanner(clock, takesMs, compensates, warmPlanMs);
  const reflex = new Reflex();
  const drove: SlowRun['drove'] = [];
  const planner = new EpisodePlanner(
    { planner: slow, policy: reflex },
    { watched: false, publish: () => undefined, foreseen: null },
    { periodSeconds: PERIOD, observations: 4, history: camera ? 2 : 1, ...(camera && { sight: SIGHT }) },
    () => clock.now() * 1000,
    { driver, onDriver: (name, step) => drove.push([name, step]) },
  );
  planner.beside = beside;
  const by: SlowRun['by'] = [];
  const ticks: TickMessage[] = [];
  const task = compileTask(CARTPOLE_TASK, CARTPOLE_CHANNELS);
  let endedBy = 'the step limit';
  let over = false;
  let failure: unknown;
  const take = (message: FromRig) => {
    if (message.type === 'ended') {
      over = true;
      if (message.reason === 'held') endedBy = message.message;
    }
    if (message.type !== 'tick' || over) return;
    ticks.push(message);
    const { insight } = planner.rememberedOf(message.planId) ?? {};
    by.push(insight ? (insight.expectedReturn === null ? 'policy' : 'planner') : null);
    const wanted = switches[message.step];
    if (wanted) planner.drive(wanted);
    const before = ticks.at(-2);
    if (before && task.terminated(before.observation, before.action, message.observation)) {
      endedBy = 'falling';
      over = true;
      loop.end(1);
    }
    if (message.last || over) return;
    planner.observed(message);
    const shown = ticks[message.step - (camera?.periods ?? 0)];
    const plan = () => {
      if (camera && shown && !camera.isLost?.(shown.step)) {
        planner.saw('side', shown.step, pictureOf(shown.observation));
      }
      planner
        .planAhead(message, 1, CARTPOLE_RIG.actions, (made) => loop.plan({ type: 'plan', ...made }))
        .catch((thrown: unknown) => {
          failure = thrown;
        });
    };
    if (camera?.share) clock.later(plan, camera.share * PERIOD_MS);
    else plan();
  };
  const loop = new ControlLoop(new CartpoleDriver(clock), clock, take);
  await clock.run(1);
  planner.begin();
  const { firstPlannedStep } = planner;
  const controller = { kind: 'planned', missedPlansToHold, firstPlannedStep } as const;
  await loop.begin({ episode: 1, controller, resetSeed: seed, maxSteps: 200 });
  for (let i = 0; i < 250 && !over; i++) await clock.run(PERIOD);
  loop.dispose();
  if (failure) throw failure;
  return { steps: ticks.length - 1, ticks, requests: slow.requests, asked: reflex.asked, drove, by, endedBy };
}
