import type { JobState } from '../../shared/model';
import { LineChart, LineLegend } from '../charts/LineChart';
import { Empty } from '../ui/Messages';

const TRAIN = '#3b82f6';
const HELD_OUT = '#d97706';

/** Loss over epochs: on what is learned from, and on what was held out. */
export function LearningCurve({ curve }: { curve: JobState['curve'] }) {
  const lines = [
    { name: 'training', colour: TRAIN, values: curve.map((p) => p.train) },
    { name: 'held out', colour: HELD_OUT, values: curve.map((p) => p.holdOut) },
  ];
  if (curve.length === 0) return <Empty compact title="The first epoch is still to come" />;
  return (
    <div className="chart-with-legend">
      <LineLegend lines={lines} />
      <LineChart
        x={curve.map((p) => p.epoch)}
        lines={lines}
        xLabel="epoch"
        yLabel="loss (nats)"
        label="Loss over epochs, training and held out"
      />
    </div>
  );
}
