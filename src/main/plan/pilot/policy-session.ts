import { latentChannels, latentTask } from '../../../shared/eyes';
import type { PlanAdjustment, PlanInsight } from '../../../shared/plan';
import { Random } from '../../../shared/random';
import { stateFrom } from '../../dynamics/layout';
import { readModel } from '../../dynamics/model-file';
import type { Eyes } from '../../dynamics/types';
import { type Acting, compileActing } from '../../policy/representation/acting';
import { nextAction } from '../../policy/representation/exploring';
import { isKnown } from '../../policy/representation/known';
import { toPhysical } from '../../policy/representation/space';
import type { OwnBehaviour } from '../../policy/representation/types';
import { type CompiledTask, compileTask } from '../../task';
import { type Engine, openEngine } from '../../tensor';
import { modelSource } from '../rollout/rollouts';
import { fromLatent, latentFutures, requireSameEyes, Sight } from '../session/sight';
import { predictedCourse } from '../session/start';
import type { Rollout, RolloutSource } from '../source';
import type { PlanRequest, PlanResult, PolicySetup } from '../types';
import { PolicyFutures } from './imagined';

/** Without a model an action that comes late is bridged by the one before it, for so many steps; after that by the hold action. */
const BRIDGED = 3;

/** What a policy is imagined in. */
interface Imagination {
  source: RolloutSource;
  /** One step of every member, to carry an observation to where the action takes effect. */
  step: Rollout;
  /** Null for random motion, which nobody foresees. */
  futures: PolicyFutures | null;
}

/**
 * A policy behind the same words as a planner: asked for a plan it gives an action for the first step, and, where it has a
 * model, what it would do after that. The same setup and requests give the same actions, bit for bit.
 */
export class PolicySession {
  #episode = 0;
  #warmPlanMs = 0;
  #behaviour: OwnBehaviour;
  #number = 0;
  #task: CompiledTask;
  readonly #random: Random;

  private constructor(
    private readonly setup: PolicySetup,
    private readonly acting: Acting | null,
    private readonly imagination: Imagination | null,
    private readonly sight: Sight | null,
  ) {
    this.#behaviour = setup.behaviour;
    this.#task = compileTask(setup.task, setup.channels);
    this.#random = new Random(setup.seed);
  }

  /** @throws ForesightError of a model that cannot be read, a formula that does not fit, an engine that cannot compile it */
  static async open(given: PolicySetup): Promise<PolicySession> {
    const setup = given.eyes ? latentPolicySetup(given, given.eyes) : given;
    const { space, behaviour, eyes } = setup;
    const engine = await openEngine();
    const acting = behaviour.kind === 'actor' ? await compileActing(engine, space, behaviour.actor) : null;
    const imagination = await openImagination(engine, setup);
    const sight = eyes ? await Sight.open(engine, eyes) : null;
    const session = new PolicySession(setup, acting, imagination, sight);
    for (let i = 0; i < 5; i++) session.#warmPlanMs = await session.#time();
    return session;
  }

  /** The first calls allocate the engine's arenas; a rig in motion must not wait for that. */
  async #time(): Promise<number> {
    const { space, holdAction } = this.setup;
    const observation = space.layout.angles.map(() => 0);
    const request = { id: 0, observation, observedStep: 0, pending: [holdAction], fresh: true, draw: true };
    const { planMs } = await this.#plan(request);
    this.#episode = 0;
    return planMs;
  }

  /** What a plan took at the end of warming up, ms. */
  get warmPlanMs(): number {
    return this.#warmPlanMs;
  }

  /** From the next plan on. The actor must have the shapes of the one that was compiled. */
  behave(behaviour: OwnBehaviour, number: number): void {
    this.#behaviour = behaviour;
    this.#number = number;
  }

  /** Of what can be adjusted a policy has a use for the task, which its futures are judged by. @throws ForesightError bad-formula */
  async adjust({ task }: PlanAdjustment): Promise<boolean> {
    const { channels, eyes } = this.setup;
    if (task) this.#task = compileTask(eyes ? latentTask(task, eyes.summary) : task, channels);
    return true;
  }

  /** @throws ForesightError unavailable, bad-data: of one that acts by pictures, and there are none */
  async plan(asked: PlanRequest): Promise<PlanResult> {
    if (!this.sight) return this.#plan(asked);
    const began = performance.now();
    const observation = await this.sight.state(asked);
    const looked = performance.now() - began;
    const made = await this.#plan(fromLatent(asked, observation));
    return { ...made, ...latentFutures(made, asked), planMs: made.planMs + looked };
  }

  /** From an observation, or a latent state in its place. */
  async #plan(request: PlanRequest): Promise<PlanResult> {
    const began = performance.now();
    const { space, known } = this.setup;
    if (request.fresh) this.#episode++;
    const firstStep = request.observedStep + request.pending.length;
    const random = this.#random.fork(`${this.#episode}/${firstStep}`);
    const { seen, state } = await this.#where(request, random);
    const units = await nextAction(space, this.#behaviour, this.acting, seen, random);
    const action = [...toPhysical(space, units)];
    const late = state === null ? request.pending.length : 0;
    const decided = { state: seen, behaviour: this.#number, late };
    const result = {
      ...{ id: request.id, observedStep: request.observedStep, firstStep, warmStart: null, decided },
      graphMs: 0,
    };
    if (state === null || !this.imagination?.futures || this.#behaviour.kind !== 'actor') {
      const isThere = isKnown(space.layout, known, seen);
      return {
        ...result,
        actions: Array.from({ length: BRIDGED }, () => action),
        ...nothingImagined(isThere),
        planMs: performance.now() - began,
      };
    }
    const { insight, actions, ...imagined } = await this.imagination.futures.imagine(
      this.#behaviour.actor,
      { state, seen, task: this.#task, draw: request.draw },
      random.fork('futures'),
    );
    return {
      ...{ ...result, ...imagined, actions: [action, ...actions.slice(1)] },
      insight: { ...NO_INSIGHT, ...insight, candidates: 1, iterations: 1 },
      planMs: performance.now() - began,
    };
  }

  /**
   * The state that the policy decides in: of the newest observations that there are by then, predicted ones where there is a
   * model, and the newest actions that are executed before its own.
   */
  async #where(
    request: PlanRequest,
    random: Random,
  ): Promise<{ seen: Float32Array; state: Float32Array | null }> {
    const { holdAction: rest } = this.setup;
    const { layout } = this.setup.space;
    if (this.imagination) {
      const { source, step } = this.imagination;
      const { observations, actions } = await predictedCourse(source, step, request, rest, random);
      return {
        seen: stateFrom(layout, observations, actions, rest),
        state: stateFrom(source.layout, observations, actions, rest),
      };
    }
    const { observation, past, pending } = request;
    const observations = [...(past?.observations ?? []), observation];
    const actions = [...(past?.actions ?? []), ...pending].slice(pending.length);
    return { seen: stateFrom(layout, observations, actions, rest), state: null };
  }

  async close(): Promise<void> {
    const { acting, imagination, sight } = this;
    await Promise.all([
      acting?.dispose(),
      sight?.dispose(),
      imagination?.step.dispose(),
      imagination?.futures?.dispose(),
    ]);
    await imagination?.source.close();
  }
}

async function openImagination(
  engine: Engine,
  { model, task, space, behaviour, horizon, eyes }: PolicySetup,
): Promise<Imagination | null> {
  if (model === null) return null;
  const read = await readModel(model.file);
  read.summary.recalibration = model.recalibration;
  requireSameEyes(eyes, read);
  const source = modelSource({ engine, model: read, threads: 1 });
  const step = await source.compile(task, {
    ...{ horizon: 1, candidates: source.members, particles: 1, members: 'fixed', noise: false },
    ...{ quiet: source.members, learnedReward: false, variance: false, limits: false, trajectories: true },
  });
  const futures =
    behaviour.kind === 'actor'
      ? await PolicyFutures.compile(engine, read, source, { space, actor: behaviour.actor, horizon })
      : null;
  return { source, step, futures };
}

/** The same of a policy that acts by pictures: no formula can be written in its states, and its futures earn what was learned. */
const latentPolicySetup = (setup: PolicySetup, { summary }: Eyes): PolicySetup => ({
  ...{ ...setup, task: latentTask(setup.task, summary) },
  channels: { ...setup.channels, observations: latentChannels(summary) },
});

const NO_INSIGHT: PlanInsight = {
  ...{ expectedReturn: null, returnStd: null, disagreement: null, knownSteps: null, stepsOutside: 0 },
  ...{ limitPenalty: 0, ratePenalty: 0, candidates: 1, iterations: 1, particles: 0 },
};

/** What is known without a model: whether the policy has met such a state before. */
function nothingImagined(
  isThere: boolean | null,
): Pick<PlanResult, 'expectedReturn' | 'mean' | 'std' | 'candidates' | 'insight'> {
  const knownSteps = isThere === null ? null : isThere ? 1 : 0;
  return {
    ...{ expectedReturn: Number.NaN, candidates: [], mean: new Float32Array(0) },
    ...{ std: new Float32Array(0), insight: { ...NO_INSIGHT, knownSteps } },
  };
}

/** Steps that a policy's plan has actions for. */
export const pilotHorizon = ({ model, horizon, behaviour }: PolicySetup): number =>
  model !== null && behaviour.kind === 'actor' ? horizon : BRIDGED;
