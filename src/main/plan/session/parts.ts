import { ForesightError } from '../../../shared/errors';
import { plannersThat, wantsGuide } from '../../../shared/plan';
import type { DynamicsModel } from '../../dynamics/types';
import type { Policy } from '../../policy/representation/types';
import type { Engine } from '../../tensor';
import { type Guide, guideOf } from '../guide/guide';
import { compileProposals, type Proposals } from '../guide/proposals';
import type { PlanMethod } from '../method';
import { candidatesOf, derivativeMethod, isSampling, samplingMethod } from '../methods';
import { needsVariance, requireObjective } from '../objective';
import { Ladder, ladderSizes } from '../rollout/ladder';
import type { Rollout, RolloutSource } from '../source';
import { planSpace } from '../space';
import type { PlanSetup } from '../types';
import { PlanFutures } from './futures';

/** What a session plans with. */
export interface SessionParts {
  /** Its own: what is adjusted changes in it, and methods that read it see that. */
  setup: PlanSetup;
  source: RolloutSource;
  method: PlanMethod;
  /** What candidates are scored by; planners that follow derivatives have graphs of their own. */
  ladder: Ladder | undefined;
  futures: PlanFutures;
  step: Rollout;
  /** What a policy would try; null where it is not asked. */
  proposals: Proposals | null;
}

/** @param keep takes note of what must be disposed of should a later part fail */
export async function compileParts(
  setup: PlanSetup,
  source: RolloutSource,
  model: { engine: Engine; model: DynamicsModel } | undefined,
  policy: Policy | null,
  keep: <T extends { dispose(): Promise<void> }>(part: T) => T,
): Promise<SessionParts> {
  const { planner, propagation, task } = setup;
  const space = planSpace(setup);
  const limits = setup.observationLimits?.some((limit) => limit !== null) ?? false;
  const learnedReward = propagation.reward === 'learned';
  const guide = guideFor(setup, source, policy);
  const common = { horizon: planner.horizon, limits, learnedReward, value: guide?.value ?? null };
  let method: PlanMethod;
  let ladder: Ladder | undefined;
  if (isSampling(planner)) {
    requireObjective(propagation, source);
    const { particles, members, sampleNoise: noise } = propagation;
    // Variance and limits make a rollout dearer, so neither is computed before it is wanted.
    const judged = { variance: needsVariance(propagation), limits: limits && propagation.limitPenalty > 0 };
    const choice = { ...common, ...judged, particles, members, noise, trajectories: false };
    ladder = keep(await Ladder.compile(source, task, choice, ladderSizes(planner)));
    method = samplingMethod(planner, space);
  } else {
    if (!model) throw noDerivativesError(planner.method);
    method = await derivativeMethod(planner, space, { ...model, setup, guide });
    const { close } = method;
    if (close) keep({ dispose: () => close() });
  }
  const draw = ladder ? Math.min(planner.drawCandidates, candidatesOf(planner)) : 0;
  const futures = keep(
    await PlanFutures.compile(source, task, common, { draw, noise: setup.simulator === undefined }),
  );
  const step = keep(
    await source.compile(task, {
      ...common,
      ...{
        value: null,
        horizon: 1,
        candidates: source.members,
        particles: 1,
        members: 'fixed',
        noise: false,
      },
      quiet: source.members,
      ...{ variance: false, limits: false, trajectories: true },
    }),
  );
  const proposals =
    guide && guide.proposals > 0 && model
      ? keep(await compileProposals(model.engine, model.model, guide, planner.horizon))
      : null;
  return { setup, source, method, ladder, futures, step, proposals };
}

/** @throws wrong-use as guideOf, and for a policy beside a simulator */
function guideFor(
  { planner, simulator, task, actionLimits }: PlanSetup,
  { channels, layout }: RolloutSource,
  policy: Policy | null,
): Guide | null {
  if (simulator && wantsGuide(planner)) {
    throw new ForesightError(
      'wrong-use',
      "A policy's value and its proposals go through a learned model, and this plan is on the simulator.",
      'Plan on a learned model, or switch "Value at the end" and proposals off.',
    );
  }
  return guideOf(planner, policy, { channels, layout, task, actionLimits });
}

function noDerivativesError(planner: string): ForesightError {
  return new ForesightError(
    'wrong-use',
    `The planner "${planner}" follows a model's derivatives, and a simulator has none.`,
    `Plan on the simulator with ${plannersThat(({ differentiates }) => !differentiates)}, or on a learned model.`,
  );
}
