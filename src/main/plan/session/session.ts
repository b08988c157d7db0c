import { type PlanAdjustment, wantsGuide } from '../../../shared/plan';
import { Random } from '../../../shared/random';
import { stateWidth } from '../../dynamics/layout';
import { readModel } from '../../dynamics/model-file';
import type { DynamicsModel } from '../../dynamics/types';
import { readPolicy } from '../../policy/representation/policy-file';
import type { Policy } from '../../policy/representation/types';
import { type Engine, openEngine } from '../../tensor';
import { mapActions, rateCosts } from '../action-map';
import { BudgetGovernor } from '../budget/governor';
import { floatLimits, type Plan, type PlanSpace, shiftedPlan } from '../method';
import { needsVariance, requireObjective } from '../objective';
import { ladderSizes } from '../rollout/ladder';
import { modelSource } from '../rollout/rollouts';
import { simulatorSource } from '../simulator/simulator-source';
import type { RolloutSource } from '../source';
import { planSpace } from '../space';
import type { PlanRequest, PlanResult, PlanSetup, WarmStart } from '../types';
import { compileParts, type SessionParts } from './parts';
import { fromLatent, latentFutures, latentGuide, latentSetup, requireSameEyes, Sight } from './sight';
import { predictedStart } from './start';
import { Trial } from './trial';

/**
 * Everything behind one planner, compiled and ready: runs in the planning thread, and in tests without one.
 * The same setup and requests give the same plans, bit for bit: random numbers depend on seed, episode and step. With an
 * automatic budget they depend on how fast this computer is, too.
 */
export class PlanSession {
  #previous: Plan | null = null;
  #episode = 0;
  #warmPlanMs = 0;
  #governor: BudgetGovernor | undefined;
  /** Of a model that learned from pictures. */
  #sight: Sight | undefined;
  readonly #space: PlanSpace;
  readonly #random: Random;

  private constructor(private readonly parts: SessionParts) {
    this.#space = planSpace(parts.setup);
    this.#random = new Random(parts.setup.seed);
  }

  static async open(setup: PlanSetup): Promise<PlanSession> {
    const policy =
      setup.policyFile !== undefined && wantsGuide(setup.planner) ? await readPolicy(setup.policyFile) : null;
    if (setup.simulator) {
      const { threads, simulator } = setup;
      return PlanSession.#build(setup, await simulatorSource(simulator, { threads }), policy);
    }
    const [engine, model] = await Promise.all([openEngine(), readModel(setup.modelFile)]);
    if (setup.recalibration !== undefined) model.summary.recalibration = setup.recalibration;
    return PlanSession.compile(setup, model, engine, policy);
  }

  static async compile(
    given: PlanSetup,
    model: DynamicsModel,
    engine: Engine,
    policy: Policy | null = null,
  ): Promise<PlanSession> {
    if (policy) requireSameEyes(policy.eyes, model);
    const setup = model.eyes ? latentSetup(given, model.eyes) : given;
    const { threads, observationLimits } = setup;
    const source = modelSource({ engine, model, threads, ...(observationLimits && { observationLimits }) });
    const session = await PlanSession.#build(setup, source, policy && latentGuide(policy), { engine, model });
    if (!model.eyes || setup.statesGiven) return session;
    try {
      session.#sight = await Sight.open(engine, model.eyes);
      return session;
    } catch (thrown) {
      await session.close();
      throw thrown;
    }
  }

  static async #build(
    given: PlanSetup,
    source: RolloutSource,
    policy: Policy | null,
    model?: { engine: Engine; model: DynamicsModel },
  ): Promise<PlanSession> {
    const setup = { ...given, propagation: { ...given.propagation } };
    const made: { dispose(): Promise<void> }[] = [];
    const keep = <T extends { dispose(): Promise<void> }>(part: T): T => {
      made.push(part);
      return part;
    };
    try {
      const session = new PlanSession(await compileParts(setup, source, model, policy, keep));
      await session.#warmUp();
      return session;
    } catch (thrown) {
      await Promise.all(made.map((part) => part.dispose()));
      await source.close();
      throw thrown;
    }
  }

  /** The first calls of a session allocate its arenas; a rig in motion must not wait for that. */
  async #warmUp(): Promise<void> {
    const { setup, source, ladder } = this.parts;
    const { planner, periodSeconds } = setup;
    const width = this.#space.horizon * this.#space.low.length;
    const start = new Float32Array(stateWidth(source.layout));
    for (const size of ladder ? ladderSizes(planner) : []) {
      await ladder?.evaluate(start, new Float32Array(size * width), this.#random.fork('warm'));
    }
    for (const draw of [false, true, true]) this.#warmPlanMs = await this.time({ draw });
    if (planner.budget === 'auto' && periodSeconds !== undefined && 'candidates' in planner) {
      const targetMs = planner.budgetShare * periodSeconds * 1000;
      const fits = (planner.candidates * targetMs) / this.#warmPlanMs;
      this.#governor = new BudgetGovernor(ladderSizes(planner), targetMs, fits);
    }
  }

  /** Makes a plan that nobody wants, to see what it takes; the next one knows nothing of it. @returns ms */
  async time({ draw = true }: { draw?: boolean } = {}): Promise<number> {
    const observation = this.parts.source.layout.angles.map(() => 0);
    const request = { id: 0, observation, observedStep: 0, pending: [[...this.#space.hold]] };
    const { planMs } = await this.#plan({ ...request, fresh: true, draw });
    this.#previous = null;
    this.#episode = 0;
    return planMs;
  }

  /** What a plan took at the end of warming up: the first idea of what plans take. */
  get warmPlanMs(): number {
    return this.#warmPlanMs;
  }

  /**
   * Changes what can be changed without compiling, from the next plan on.
   * @returns false when it needs another session; then nothing has changed
   * @throws ForesightError wrong-use for an objective that these futures cannot be judged by
   */
  async adjust(adjustment: PlanAdjustment): Promise<boolean> {
    const { setup, source, ladder } = this.parts;
    const { task, ...changes } = adjustment;
    const judging = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    const next = { ...setup.propagation, ...judging };
    if (ladder) requireObjective(next, source);
    if (task !== undefined && JSON.stringify(task) !== JSON.stringify(setup.task)) return false;
    if (ladder && next.particles !== setup.propagation.particles) return false;
    if (ladder && needsVariance(next) && !ladder.choice.variance) return false;
    const limited = setup.observationLimits?.some((limit) => limit !== null) ?? false;
    if (ladder && limited && next.limitPenalty > 0 && !ladder.choice.limits) return false;
    // Its graphs are derivatives of one objective.
    if (!ladder && next.objective !== setup.propagation.objective) return false;
    Object.assign(setup.propagation, next);
    return true;
  }

  /** @throws ForesightError unavailable, bad-data: of a model that learned from pictures, and there are none */
  async plan(asked: PlanRequest, warmStart?: WarmStart): Promise<PlanResult & { warmStart: WarmStart }> {
    const sight = this.#sight;
    if (!sight) return this.#plan(asked, warmStart);
    const began = performance.now();
    const observation = await sight.state(asked);
    const looked = performance.now() - began;
    const made = await this.#plan(fromLatent(asked, observation), warmStart);
    const { parts } = made;
    return {
      ...{ ...made, ...latentFutures(made, asked), planMs: made.planMs + looked },
      ...(parts && { parts: { ...parts, start: parts.start + looked } }),
    };
  }

  /** From an observation, or a latent state in its place. */
  async #plan(request: PlanRequest, warmStart?: WarmStart): Promise<PlanResult & { warmStart: WarmStart }> {
    const began = performance.now();
    const { setup, source, futures, step } = this.parts;
    const { planner, propagation } = setup;
    if (warmStart) this.#goOnFrom(warmStart);
    if (request.fresh) {
      this.#previous = null;
      this.#episode++;
    }
    const firstStep = request.observedStep + request.pending.length;
    const random = this.#random.fork(setup.sameDraws ? 'every plan' : `${this.#episode}/${firstStep}`);
    const start = await predictedStart(source, step, request, this.#space.hold, random);
    const started = performance.now();
    const before = Float64Array.from(
      request.pending.at(-1) ?? request.past?.actions.at(-1) ?? this.#space.hold,
    );
    const budget = this.#governor?.next();
    const trial = new Trial(this.parts, this.#space, { start, before, random });
    const proposed = await this.parts.proposals?.from(start, random.fork('proposals'));
    const plan = await this.parts.method({
      ...{ step: firstStep, previous: this.#previous, random, start, before },
      ...(budget !== undefined && { candidates: budget }),
      ...(proposed && { proposals: withinLimits(this.#space, proposed) }),
      evaluate: (candidates) => trial.evaluate(candidates),
    });
    this.#previous = plan;
    const chosen = performance.now();
    const actions = mapActions(this.#space, planner, shiftedPlan(this.#space, plan, firstStep), before);
    const { insight, violation, ...imagined } = await futures.imagine(
      start,
      actions,
      request.draw ? trial.last : undefined,
      planner.drawCandidates,
      random.fork('futures'),
    );
    const [rates = 0] = rateCosts(this.#space, actions, before);
    const planMs = performance.now() - began;
    if (budget !== undefined) this.#governor?.report(planMs, budget);
    return {
      ...{ id: request.id, observedStep: request.observedStep, firstStep },
      actions: toRows(actions, this.#space.low.length),
      warmStart: { ...plan, method: planner.method, episode: this.#episode },
      ...imagined,
      insight: {
        ...insight,
        limitPenalty: propagation.limitPenalty * violation,
        ratePenalty: planner.ratePenalty * rates,
        ...trial.effort(budget),
      },
      ...{ planMs, graphMs: trial.graphMs },
      parts: {
        start: started - began,
        method: chosen - started - trial.graphMs - trial.scoringMs,
        feeds: trial.feedMs,
        graph: trial.graphMs - trial.feedMs,
        scoring: trial.scoringMs,
        imagine: began + planMs - chosen,
      },
    };
  }

  /** Of another method's plan its actions only. */
  #goOnFrom({ method, episode, memory, ...plan }: WarmStart): void {
    this.#previous = method === this.parts.setup.planner.method ? { ...plan, memory } : plan;
    this.#episode = episode;
  }

  async close(): Promise<void> {
    const { ladder, futures, step, method, source, proposals } = this.parts;
    const own = [
      ladder?.dispose(),
      futures.dispose(),
      step.dispose(),
      proposals?.dispose(),
      method.close?.(),
      this.#sight?.dispose(),
    ];
    await Promise.all(own);
    await source.close();
  }
}

/** In place: a policy's ranges are those of the rig, and rounding may still lead out of them. */
function withinLimits(space: PlanSpace, actions: Float32Array): Float32Array {
  const { low, high } = floatLimits(space);
  for (let j = 0; j < actions.length; j++) {
    const a = j % low.length;
    actions[j] = Math.min(high[a], Math.max(low[a], actions[j]));
  }
  return actions;
}

function toRows(flat: Float32Array, width: number): number[][] {
  const rows: number[][] = [];
  for (let i = 0; i < flat.length; i += width) rows.push([...flat.subarray(i, i + width)]);
  return rows;
}
