import type { PolicyPoint } from '../../shared/policy';
import { Empty } from '../ui/Messages';
import { type Line, LineChart, LineLegend } from './LineChart';

const DRIVEN = '#3b82f6';
const EVALUATED = '#d97706';
const OTHER = '#7c3aed';

type Of = (point: PolicyPoint) => number | null;

/** What is drawn below the returns, where an algorithm has it. */
const FURTHER: { title: string; unit: string; lines: { name: string; colour: string; of: Of }[] }[] = [
  {
    title: 'Value of what it learns from',
    unit: 'return',
    lines: [{ name: 'value of what it learns from', colour: OTHER, of: (p) => p.value }],
  },
  {
    title: 'Entropy of the policy',
    unit: 'nats',
    lines: [{ name: 'entropy of the policy', colour: OTHER, of: (p) => p.entropy }],
  },
  {
    title: 'Updates, and those that were due',
    unit: 'updates',
    lines: [
      { name: 'updates', colour: OTHER, of: (p) => (p.owed === undefined ? null : p.updates) },
      { name: 'due', colour: EVALUATED, of: (p) => (p.owed === undefined ? null : p.updates + p.owed) },
    ],
  },
  {
    title: 'Variance of the gradient estimate',
    unit: 'share of length²',
    lines: [{ name: 'variance of the gradient estimate', colour: OTHER, of: (p) => p.gradientVariance }],
  },
  {
    title: 'Reward a step, imagined and real',
    unit: 'reward',
    lines: [
      { name: 'imagined reward a step', colour: EVALUATED, of: (p) => p.imaginedReward },
      { name: 'real', colour: DRIVEN, of: (p) => p.realReward },
    ],
  },
];

const RETURNS: { name: string; colour: string; of: Of }[] = [
  { name: 'while learning', colour: DRIVEN, of: (p) => p.return },
  { name: 'without exploration', colour: EVALUATED, of: (p) => p.evaluated },
];

/** Returns over the steps that a policy has learned from; with `further` everything else that its algorithm says of itself. */
export function PolicyCurve({
  curve,
  further = false,
}: {
  curve: readonly PolicyPoint[];
  further?: boolean;
}) {
  if (curve.length === 0) {
    return (
      <div className="curve">
        <Empty compact title="No point of the curve yet" />
      </div>
    );
  }
  const drawn = FURTHER.map((chart) => ({ ...chart, lines: drawnLines(chart.lines, curve) }));
  return (
    <>
      <div className="curve">
        <Chart title="Return" unit="return" lines={drawnLines(RETURNS, curve)} curve={curve} />
      </div>
      {further &&
        drawn
          .filter(({ lines }) => lines.length > 0)
          .map((chart) => (
            <div key={chart.title} className="curve">
              <Chart {...chart} curve={curve} />
            </div>
          ))}
    </>
  );
}

function Chart({
  title,
  unit,
  lines,
  curve,
}: {
  title: string;
  unit: string;
  lines: Line[];
  curve: readonly PolicyPoint[];
}) {
  return (
    <div className="chart-with-legend">
      <LineLegend lines={lines} />
      <LineChart
        x={curve.map((p) => p.steps)}
        lines={lines}
        xLabel="steps"
        yLabel={unit}
        label={`${title} over steps`}
      />
    </div>
  );
}

/** Lines with a number in them; points that have none are bridged, because episodes end when they end. */
function drawnLines(
  lines: { name: string; colour: string; of: Of }[],
  curve: readonly PolicyPoint[],
): Line[] {
  return lines
    .map(({ name, colour, of }) => ({ name, colour, values: curve.map(of), points: true }))
    .filter(({ values }) => values.some((value) => value !== null));
}
