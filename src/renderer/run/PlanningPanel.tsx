import { useEffect, useState } from 'react';
import type uPlot from 'uplot';
import { changeMarks } from '../charts/marks';
import { axis, Plot } from '../charts/Plot';
import { onBatch, onSlowTick, useLive } from '../live/live';
import { useCurrentRig, useRig } from '../store/queries';
import { Empty } from '../ui/Messages';
import { budgetOf, missedInRow, timesOf } from './budget';
import { horizonOf } from './certainty';
import { newestPlan } from './newest-plan';
import { BudgetFigures, Workload } from './PlanningFigures';
import { planningRows } from './use-late';

function historyData(): uPlot.AlignedData {
  const rows = planningRows();
  return [rows.map((row) => row.step), rows.map((row) => row.planMs)];
}

/** How much of the control period planning takes, what is computed in it, and how often it came late. */
export function PlanningPanel() {
  const counts = useLive((s) => s.counts);
  const { name } = useCurrentRig();
  const most = useRig(name).data?.file.safety.missedPlansToHold;
  const [, tick] = useState(0);
  useEffect(() => onSlowTick(() => tick((n) => n + 1)), []);
  const plan = newestPlan();
  if (!plan) {
    return (
      <Empty compact title="No plan yet">
        Each plan's time is drawn here against the control period.
      </Empty>
    );
  }
  const { periodMs, insight, ahead } = plan;
  const rows = planningRows();
  const budget = budgetOf(timesOf(rows), periodMs);
  return (
    <div className="planning" data-testid="planning">
      <div className="planning-figures">
        {budget && (
          <BudgetFigures
            budget={budget}
            periodMs={periodMs}
            counts={counts}
            inRow={missedInRow(rows)}
            most={most}
          />
        )}
        {insight && <Workload plan={{ insight, horizon: horizonOf(plan), ahead }} />}
      </div>
      <div className="grow planning-plot">
        <PlanTimes periodMs={periodMs} />
      </div>
    </div>
  );
}

function PlanTimes({ periodMs }: { periodMs: number }) {
  return (
    <Plot
      id={`planning ${periodMs}`}
      label="Planning time of the last steps, with the control period as a line and late plans marked"
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
        plugins: [
          deadline(periodMs, theme.dark ? '#e5a13a' : '#b76e00'),
          misses(theme.dark ? '#ff8080' : '#d11a1a'),
          changeMarks(() => 0, theme.dark, true),
        ],
      })}
    />
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

/** A tick on the step axis for every step whose plan was late. */
function misses(colour: string): uPlot.Plugin {
  return {
    hooks: {
      draw: (plot) => {
        const { ctx, bbox } = plot;
        const bottom = bbox.top + bbox.height;
        ctx.save();
        ctx.fillStyle = colour;
        for (const { step, missed } of planningRows()) {
          if (!missed) continue;
          const x = Math.round(plot.valToPos(step, 'x', true));
          ctx.fillRect(x - 1, bottom - 9, 2, 9);
        }
        ctx.restore();
      },
    },
  };
}
