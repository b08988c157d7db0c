import { Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import type uPlot from 'uplot';
import { axis, Plot } from '../charts/Plot';
import { live, onBatch, onSlowTick, useLive } from '../live/live';
import { groupDigits } from '../ui/format';
import { Empty } from '../ui/Messages';
import { Stat } from '../ui/Panel';
import { budgetOf } from './budget';

const SHOWN = 200;

function historyData(): uPlot.AlignedData {
  const times = live.plans.times(SHOWN);
  return [times.map((t) => t.step), times.map((t) => t.planMs)];
}

/** How much of the control period planning takes, now and over the last plans, and how often it came late. */
export function PlanningPanel() {
  const hasPlan = useLive((s) => s.hasPlan);
  const counts = useLive((s) => s.counts);
  const [, tick] = useState(0);
  useEffect(() => onSlowTick(() => tick((n) => n + 1)), []);
  if (!hasPlan || !live.plan) {
    return (
      <Empty compact title="No plan yet">
        Each plan's time is drawn here against the control period.
      </Empty>
    );
  }
  const { periodMs } = live.plan;
  const budget = budgetOf(
    live.plans.times(SHOWN).map((t) => t.planMs),
    periodMs,
  );
  return (
    <div className="dock-content dock-column" data-testid="planning">
      {budget && (
        <>
          <div className="stats stats-row">
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
          </div>
          <div className="gauge" data-tone={budget.tone}>
            <div
              className="gauge-fill"
              style={{ width: `${Math.min(100, (100 * budget.p50) / periodMs)}%` }}
            />
            <div
              className="gauge-mark"
              style={{ left: `${Math.min(100, (100 * budget.p99) / periodMs)}%` }}
            />
          </div>
          <Text size="xs" c="dimmed" className="tabular">
            Half of the plans take {Math.round((100 * budget.p50) / periodMs)} % of the period, 99 % of them{' '}
            {Math.round((100 * budget.p99) / periodMs)} %.
          </Text>
        </>
      )}
      <div className="grow">
        <Plot
          id={`planning ${periodMs}`}
          label="Planning time of the last plans, with the control period as a line"
          watch={onBatch}
          data={historyData}
          options={(theme) => ({
            padding: [6, 22, 0, 0],
            legend: { show: false },
            cursor: { show: false },
            scales: {
              x: { time: false },
              y: { range: (_, __, high) => [0, Math.max(periodMs * 1.15, (high ?? 0) * 1.1)] },
            },
            axes: [
              axis(theme, {
                size: 22,
                values: (_, s) => s.map(String),
                label: 'step',
                space: 70,
                incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000],
              }),
              axis(theme, { size: 52, values: (_, s) => s.map((v) => `${v} ms`), space: 22 }),
            ],
            series: [{}, { stroke: '#7c5cff', width: 1.5, points: { show: false }, fill: '#7c5cff22' }],
            plugins: [deadline(periodMs, theme.dark ? '#e5a13a' : '#b76e00')],
          })}
        />
      </div>
    </div>
  );
}

function deadline(periodMs: number, colour: string): uPlot.Plugin {
  return {
    hooks: {
      draw: (plot) => {
        const { ctx, bbox } = plot;
        const y = Math.round(plot.valToPos(periodMs, 'y', true)) + 0.5;
        ctx.save();
        ctx.strokeStyle = colour;
        ctx.fillStyle = colour;
        ctx.setLineDash([6, 4]);
        ctx.lineWidth = 1.25;
        ctx.beginPath();
        ctx.moveTo(bbox.left, y);
        ctx.lineTo(bbox.left + bbox.width, y);
        ctx.stroke();
        ctx.textAlign = 'right';
        ctx.textBaseline = 'bottom';
        ctx.fillText('control period', bbox.left + bbox.width - 4, y - 2);
        ctx.restore();
      },
    },
  };
}
