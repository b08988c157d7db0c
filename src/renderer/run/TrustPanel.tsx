import { useEffect, useMemo, useState } from 'react';
import { verdict } from '../../shared/verdict';
import { useLink } from '../api';
import { live, onSlowTick, useLive } from '../live/live';
import { useModels } from '../store/queries';
import { useChannelTitles } from '../ui/ChannelName';
import { formatCount, formatNumber } from '../ui/format';
import { Stat } from '../ui/Panel';
import { Beside } from './Beside';
import { type Certain, knownWords, outsideWords, type Sentence, shareWords, smoothed } from './certainty';
import type { LatePlans } from './late';
import { actingLight, type Light, newestActed, plansOf, trustLight } from './trust';
import { useView } from './use-run';

/** Can this plan be trusted: one light, its reason in a sentence, and below it what it follows from. */
export function TrustPanel({ late }: { late: LatePlans | null }) {
  const view = useView();
  const linked = useLink((s) => s.state === 'open');
  const episode = useLive((s) => (s.activity?.kind === 'running' ? s.activity.episode : undefined));
  const asked = useLive((s) => (s.activity?.kind === 'running' ? s.activity : s.ran)?.model);
  const oracle = asked === null;
  const judged = useJudged(asked);
  const [, tick] = useState(0);
  useEffect(() => onSlowTick(() => tick((n) => n + 1)), []);
  const plans = plansOf(live.plans.all, episode);
  const acted = newestActed(plansOf(live.acted, episode), plans.at(-1));
  const foreseen = acted.flatMap((one) => (one.insight ? [{ ...one, insight: one.insight }] : []));
  const told = acted.length > 0 ? foreseen : plans;
  const plan = told.length === 0 ? null : smoothed(told);
  // Of what the rig does now nothing is known without the core: what was said last is no answer for it.
  const past = view !== 'running' || !linked;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls has to be reached by the keyboard
    <section className="trust-scroll stack-sm" tabIndex={0} aria-label="Trust">
      {acted.length > 0 ? (
        <TrustLight
          light={actingLight(acted, late)}
          of={acted.at(-1)?.pilot === 'planner' ? 'latent' : 'policy'}
          past={past}
        />
      ) : (
        <TrustLight light={trustLight({ plan, oracle, judged, late })} past={past && plan !== null} />
      )}
      {!past && <Beside />}
      {plan && (
        <Certainty
          plan={plan}
          oracle={oracle && acted.length === 0}
          latent={acted.length > 0}
          periodSeconds={(told.at(-1)?.periodMs ?? 0) / 1000}
        />
      )}
    </section>
  );
}

/** The verdict on the model that plans, by hash or by name; null where there is none or it is not known. */
function useJudged(asked: string | null | undefined) {
  const model = useModels().data?.find(({ hash, name }) => hash === asked || name === asked);
  const titled = useChannelTitles(model?.rig ?? null);
  return useMemo(
    () => (model ? verdict(model.evaluation, model.periodSeconds, titled) : null),
    [model, titled],
  );
}

const QUESTIONS = {
  plan: { now: 'Can this plan be trusted?', past: 'Could the last plan be trusted?' },
  policy: { now: 'Does the policy know such states?', past: 'Did the policy know such states?' },
  latent: { now: 'Does the model know such states?', past: 'Did the model know such states?' },
  learner: { now: 'Does the learner keep up?', past: 'Did the learner keep up?' },
};

export function TrustLight({
  light,
  of = 'plan',
  past = false,
}: {
  light: Light;
  of?: keyof typeof QUESTIONS;
  past?: boolean;
}) {
  return (
    <div className="trust" data-tone={light.tone} data-testid="trust" role="status">
      <h2 className="trust-question">{QUESTIONS[of][past ? 'past' : 'now']}</h2>
      <div className="trust-answer">
        <span className="trust-light" aria-hidden="true" />
        {light.answer}
      </div>
      <p className="trust-reason" data-testid="trust-reason">
        {light.reason}
      </p>
    </div>
  );
}

export function Certainty({
  plan,
  oracle = false,
  latent = false,
  periodSeconds,
}: {
  plan: Certain;
  /** The plan was made on the rig's true simulator. */
  oracle?: boolean;
  /** It was made in latent states, on the reward that the model has learned there. */
  latent?: boolean;
  periodSeconds: number;
}) {
  return (
    <div className="stack-sm" data-testid="certainty" data-oracle={oracle}>
      <div>
        <div className="stat-name">
          Expected return of the next {formatCount(plan.horizon, 'step')} (
          {formatNumber(plan.horizon * periodSeconds, 2)} s)
        </div>
        <div className="stat-value" data-testid="expected-return">
          {formatNumber(plan.expected, 4)}
          {plan.spread !== null && <span className="faint"> ± {formatNumber(plan.spread, 3)}</span>}
          <span className="stat-unit">{latent ? ' of the learned reward' : " of the task's reward"}</span>
        </div>
        <div className="stat-name">
          {oracle
            ? "The rewards of the plan's steps added up, as the simulator foresees them."
            : "The rewards of the plan's steps added up, mean and standard deviation of the model's futures."}
        </div>
      </div>
      {!oracle && (
        <>
          <Share
            name="Known territory"
            value={knownWords(plan)}
            share={plan.known === null ? null : plan.known / Math.max(1, plan.horizon)}
            tone={plan.known !== null && Math.round(plan.known) >= plan.horizon ? 'good' : 'tight'}
            title="Steps before the plan leaves what the model has data for; mean over the plans of two seconds"
            testId="known-territory"
          />
          <Share
            name="Disagreement"
            value={shareWords(plan)}
            share={plan.share}
            // Where the model has no data, agreement is no good sign and disagreement no news.
            tone="unknown"
            title="Share of the return's variance that is disagreement between members, the rest is noise; over the plans of two seconds, each by the variance it is a share of"
            testId="disagreement"
          />
        </>
      )}
      <div className="stats stats-pairs">
        {!latent && (
          <Stat
            name="Outside limits"
            value={
              <>
                {outsideWords(plan)}
                <Penalty value={plan.limitPenalty} />
              </>
            }
            tone={plan.outside > 0 ? 'bad' : undefined}
            title="Predicted steps outside an observation's limits, mean over the model's futures, and what was taken from the plan's score for them"
            testId="outside-limits"
          />
        )}
        <Stat
          name="Rate penalty"
          value={formatNumber(plan.ratePenalty === 0 ? 0 : -plan.ratePenalty, 3)}
          title="What was taken from the plan's score for how fast its actions change"
          testId="rate-penalty"
        />
      </div>
    </div>
  );
}

function Penalty({ value }: { value: number }) {
  return value === 0 ? null : <span className="faint"> {formatNumber(-value, 3)}</span>;
}

/** A share as a bar beside what it is a share of; no bar where nobody can tell. */
function Share({
  name,
  value,
  share,
  tone,
  title,
  testId,
}: {
  name: string;
  value: string;
  share: number | null;
  tone: Sentence['tone'];
  title: string;
  testId: string;
}) {
  return (
    <div data-testid={testId} title={title}>
      <div className="row">
        <span className="stat-name">{name}</span>
        <span className="stat-value">{value}</span>
      </div>
      {share !== null && (
        <div className="meter" data-tone={tone}>
          <div style={{ width: `${Math.round(100 * share)}%` }} />
        </div>
      )}
    </div>
  );
}
