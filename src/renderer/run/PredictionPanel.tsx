import { SegmentedControl, Text } from '@mantine/core';
import { UNKNOWN_COLOUR } from '../charts/colours';
import { LineLegend } from '../charts/LineChart';
import { unknownFrom } from '../charts/marks';
import { PredictionCharts } from '../charts/PredictionCharts';
import { stripChannels } from '../charts/StripCharts';
import { useLive, useSlow } from '../live/live';
import { useCurrentRig, useRig } from '../store/queries';
import { Empty } from '../ui/Messages';
import { plannerOf, useRunForm } from './run-form';

const CHOICES = [1, 5, 10, 25];

export function PredictionPanel() {
  const { name } = useCurrentRig();
  const rig = useRig(name).data?.file;
  const form = useRunForm();
  const hasPlan = useLive((s) => s.hasPlan);
  const leaves = useSlow(() => unknownFrom(0) !== null);
  const horizon = plannerOf(form).horizon;
  if (!rig) return null;
  if (!hasPlan) {
    return (
      <Empty title="Nothing predicted yet">
        Start a run: what the model predicted and what then happened is drawn here on one axis.
      </Empty>
    );
  }
  return (
    <div className="dock-content dock-column">
      <div className="row">
        <Text size="xs" c="dimmed">
          Predicted this many steps earlier
        </Text>
        <SegmentedControl
          value={String(form.ahead)}
          onChange={(value) => useRunForm.setState({ ahead: Number(value) })}
          data={CHOICES.map((k) => ({ value: String(k), label: String(k), disabled: k > horizon }))}
          data-testid="ahead"
        />
      </div>
      <LineLegend
        lines={[
          { name: 'measured', colour: 'var(--legend-solid)' },
          { name: 'predicted, ±2σ', colour: 'var(--legend-soft)', dash: [5, 4] },
          { name: 'expected next, ±2σ', colour: 'var(--legend-solid)', dash: [2, 3] },
          ...(leaves ? [{ name: 'beyond known territory', colour: UNKNOWN_COLOUR, dash: [3, 3] }] : []),
        ]}
      />
      <PredictionCharts
        channels={stripChannels(rig.observations, [])}
        ahead={form.ahead}
        periodSeconds={rig.periodSeconds}
      />
    </div>
  );
}
