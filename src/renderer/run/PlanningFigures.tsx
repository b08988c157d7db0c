import { Text } from '@mantine/core';
import type { PlanView } from '../../shared/telemetry';
import { formatCount, groupDigits } from '../ui/format';
import { Stat } from '../ui/Panel';
import type { Budget } from './budget';

/** Planning times against the control period, as numbers and as a bar. */
export function BudgetFigures({
  budget,
  periodMs,
  counts,
  inRow,
  most,
}: {
  budget: Budget;
  periodMs: number;
  counts: { plans: number; missed: number };
  /** Late plans up to now without one in time between them. */
  inRow: number;
  /** As many of them as bring the rig to hold. */
  most: number | undefined;
}) {
  return (
    <>
      <div className="stats stats-row stats-tight">
        <Stat name="Median" value={`${budget.p50.toFixed(1)} ms`} testId="plan-p50" />
        <Stat
          name="99 %"
          value={`${budget.p99.toFixed(1)} ms`}
          testId="plan-p99"
          tone={budget.tone === 'over' ? 'bad' : undefined}
        />
        <Stat name="Period" value={`${periodMs.toFixed(1)} ms`} />
        <Stat name="Plans" value={groupDigits(counts.plans)} testId="plans" />
        <Stat
          name="Missed"
          value={groupDigits(counts.missed)}
          testId="missed"
          tone={counts.missed > 0 ? 'bad' : undefined}
        />
        {most !== undefined && (
          <Stat
            name="In a row"
            value={`${inRow} / ${most}`}
            title={`${most} late plans in a row bring the rig to hold`}
            testId="missed-in-row"
            tone={inRow > 0 ? 'bad' : undefined}
          />
        )}
      </div>
      <div
        className="gauge"
        data-tone={budget.tone}
        title={`Half of the plans take ${percent(budget.p50 / periodMs)} of the period, 99 % of them ${percent(budget.p99 / periodMs)}`}
      >
        <div className="gauge-fill" style={{ width: `${Math.min(100, (100 * budget.p50) / periodMs)}%` }} />
        <div className="gauge-mark" style={{ left: `${Math.min(100, (100 * budget.p99) / periodMs)}%` }} />
      </div>
    </>
  );
}

const percent = (share: number) => `${Math.round(100 * share)} %`;

/** What a plan computes now, and when it takes effect. */
export function Workload({
  plan,
}: {
  plan: Pick<PlanView, 'insight' | 'ahead'> & { /** Steps. */ horizon: number };
}) {
  const { candidates, iterations, particles } = plan.insight;
  return (
    <Text size="xs" c="dimmed" className="tabular workload" data-testid="workload">
      {formatCount(candidates, 'candidate')} × {formatCount(particles, 'particle')} ×{' '}
      {formatCount(plan.horizon, 'step')}
      {iterations > 1 && `, ${iterations} times`}. {aheadWords(plan.ahead)}
    </Text>
  );
}

/** @param ahead control periods between the observation that a plan was made from and its first action */
function aheadWords(ahead: number): string {
  if (ahead === 0) return 'Plans take effect at the observation they are made from.';
  return `Plans take effect ${formatCount(ahead, 'step')} after the observation.`;
}
