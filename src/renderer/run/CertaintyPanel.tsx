import { Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { PlanView } from '../../shared/telemetry';
import { live, onSlowTick, useLive } from '../live/live';
import { formatCount, formatNumber } from '../ui/format';
import { Empty } from '../ui/Messages';
import { Stat } from '../ui/Panel';
import { disagreementVerdict, territoryVerdict, type Verdict } from './certainty';

/** How far the newest plan can be trusted, in its own words. */
export function CertaintyPanel() {
  const hasPlan = useLive((s) => s.hasPlan);
  const oracle = useLive((s) => s.activity?.kind === 'running' && s.activity.model === null);
  const [, tick] = useState(0);
  useEffect(() => onSlowTick(() => tick((n) => n + 1)), []);
  if (!hasPlan || !live.plan) {
    return (
      <Empty compact title="No plan yet">
        What the newest plan expects, and how far it can be trusted.
      </Empty>
    );
  }
  return (
    <div className="dock-content">
      <Certainty plan={live.plan} oracle={oracle} />
    </div>
  );
}

export function Certainty({
  plan,
  oracle = false,
}: {
  plan: Pick<PlanView, 'insight' | 'mean' | 'actions'>;
  /** The plan was made on the rig's true simulator. */
  oracle?: boolean;
}) {
  const { insight } = plan;
  const horizon = Math.max(plan.actions.length, plan.mean.length - 1);
  const known = insight.knownSteps;
  return (
    <div className="stack-sm" data-testid="certainty">
      <div>
        <div className="stat-name">Expected return of the next {formatCount(horizon, 'step')}</div>
        <div className="stat-value" data-testid="expected-return">
          {formatNumber(insight.expectedReturn, 4)}
          {insight.returnStd !== null && (
            <span className="faint"> ± {formatNumber(insight.returnStd, 3)}</span>
          )}
        </div>
      </div>
      {oracle ? (
        <Text size="xs" c="dimmed" data-testid="oracle">
          The true simulator predicts: there are no members to disagree, and no territory that it does not
          know.
        </Text>
      ) : (
        <>
          <Share
            name="Disagreement"
            value={insight.disagreement === null ? '–' : `${Math.round(100 * insight.disagreement)} %`}
            share={insight.disagreement}
            verdict={disagreementVerdict(insight.disagreement)}
            testId="disagreement"
          />
          <Share
            name="Known territory"
            value={known === null ? '–' : `${Math.min(known, horizon)} of ${formatCount(horizon, 'step')}`}
            share={known === null ? null : known / Math.max(1, horizon)}
            verdict={territoryVerdict(known, horizon)}
            testId="known-territory"
          />
        </>
      )}
      <div className="stats stats-pairs">
        <Stat
          name="Outside limits"
          value={
            <>
              {formatCount(insight.stepsOutside, 'step')}
              <Penalty value={insight.limitPenalty} />
            </>
          }
          tone={insight.stepsOutside > 0 ? 'bad' : undefined}
          title="Predicted steps outside an observation's limits, and what was taken from the plan's score for them"
          testId="outside-limits"
        />
        <Stat
          name="Rate penalty"
          value={formatNumber(insight.ratePenalty === 0 ? 0 : -insight.ratePenalty, 3)}
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

/** A share as a bar with its meaning in words; no bar where nobody can tell. */
function Share({
  name,
  value,
  share,
  verdict,
  testId,
}: {
  name: string;
  value: string;
  share: number | null;
  verdict: Verdict;
  testId: string;
}) {
  return (
    <div data-testid={testId}>
      <div className="row">
        <span className="stat-name">{name}</span>
        <span className="stat-value">{value}</span>
      </div>
      {share !== null && (
        <div className="meter" data-tone={verdict.tone}>
          <div style={{ width: `${Math.round(100 * Math.min(1, Math.max(0, share)))}%` }} />
        </div>
      )}
      <Text size="xs" c="dimmed" mt={2}>
        {verdict.words}
      </Text>
    </div>
  );
}
