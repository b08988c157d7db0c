import { Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { live, onSlowTick, useLive } from '../live/live';
import { formatCount, formatNumber } from '../ui/format';
import { Empty } from '../ui/Messages';
import { Stat } from '../ui/Panel';
import {
  type Certain,
  certainty,
  knownWords,
  outsideWords,
  type Sentence,
  shareWords,
  smoothed,
} from './certainty';

/** How far the newest plans can be trusted, in their own words. */
export function CertaintyPanel() {
  const hasPlan = useLive((s) => s.hasPlan);
  const oracle = useLive((s) => s.activity?.kind === 'running' && s.activity.model === null);
  const [, tick] = useState(0);
  useEffect(() => onSlowTick(() => tick((n) => n + 1)), []);
  const plans = live.plans.all;
  if (!hasPlan || plans.length === 0) {
    return (
      <Empty compact title="No plan yet">
        What the newest plans expect, and how far it can be trusted.
      </Empty>
    );
  }
  return (
    <div className="dock-content">
      <Certainty plan={smoothed(plans)} oracle={oracle} />
    </div>
  );
}

const ORACLE: Sentence = {
  words:
    'The true simulator predicts: there are no members to disagree, and no territory that it does not know.',
  tone: 'good',
};

export function Certainty({
  plan,
  oracle = false,
}: {
  plan: Certain;
  /** The plan was made on the rig's true simulator. */
  oracle?: boolean;
}) {
  const said = oracle ? ORACLE : certainty(plan);
  return (
    <div className="stack-sm" data-testid="certainty">
      <div>
        <div className="stat-name">Expected return of the next {formatCount(plan.horizon, 'step')}</div>
        <div className="stat-value" data-testid="expected-return">
          {formatNumber(plan.expected, 4)}
          {plan.spread !== null && <span className="faint"> ± {formatNumber(plan.spread, 3)}</span>}
        </div>
      </div>
      <Text
        size="xs"
        c={said.tone === 'tight' ? 'var(--warn-text)' : said.tone === 'unknown' ? 'dimmed' : undefined}
        data-testid={oracle ? 'oracle' : 'certainty-sentence'}
        data-tone={said.tone}
      >
        {said.words}
      </Text>
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
