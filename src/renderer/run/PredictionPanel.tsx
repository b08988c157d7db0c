import { SegmentedControl, Text } from '@mantine/core';
import { UNKNOWN_COLOUR } from '../charts/colours';
import { LineLegend } from '../charts/LineChart';
import { unknownFrom } from '../charts/marks';
import { PredictionCharts } from '../charts/PredictionCharts';
import { stripChannels } from '../charts/StripCharts';
import { isLearning, live, useLive, useSlow } from '../live/live';
import { useCurrentRig, useRig } from '../store/queries';
import { Empty } from '../ui/Messages';
import { LiveStrip, useSeeingModel } from './LiveStrip';
import { useRunForm } from './run-form';
import { useAhead } from './use-run';

const CHOICES = [1, 5, 10, 25];
/** Also what is shown where plans are too short for what was chosen. */
const choices = (shown: number) => [...new Set([...CHOICES, shown])].sort((a, b) => a - b);

export function PredictionPanel() {
  const { name } = useCurrentRig();
  const rig = useRig(name).data?.file;
  const hasPlan = useLive((s) => s.hasPlan);
  const alone = useLive(({ activity }) => activity?.driver === 'policy' && !activity.model);
  const learns = useLive((s) => s.activity !== null && isLearning(s.activity));
  const leaves = useSlow(() => unknownFrom(0) !== null);
  const horizon = useSlow(() => (live.plan ? live.plan.mean.length - 1 : 0));
  const ahead = useAhead(() => Math.max(1, live.plan ? live.plan.mean.length - 1 : 1));
  const seeing = useSeeingModel();
  if (!rig) return null;
  if (seeing) return <LiveStrip model={seeing} />;
  if (alone && !live.plans.all.some(({ episode }) => episode === live.acted.at(-1)?.episode)) {
    return (
      <Empty compact title="Nothing is predicted">
        {learns
          ? 'The policy that is learned has no model to imagine in. Have it drive with one when it is kept, and what it imagines is drawn here.'
          : 'The policy drives without a model. Begin the run with one, and what it imagines is drawn here over what then happens.'}
      </Empty>
    );
  }
  if (!hasPlan) {
    return (
      <Empty compact title="Nothing predicted yet">
        Start a run: what the model predicted and what then happened is drawn here on one axis.
      </Empty>
    );
  }
  return (
    <div className="prediction">
      <div className="prediction-head">
        <LineLegend
          lines={[
            { name: 'measured', colour: 'var(--legend-solid)' },
            { name: 'predicted, ±2σ', colour: 'var(--legend-soft)', dash: [5, 4] },
            { name: 'expected next, ±2σ', colour: 'var(--legend-solid)', dash: [2, 3] },
            ...(leaves ? [{ name: 'beyond known territory', colour: UNKNOWN_COLOUR, dash: [3, 3] }] : []),
          ]}
        />
        <div className="row-tight">
          <Text size="xs" c="dimmed">
            Steps before
          </Text>
          <SegmentedControl
            value={String(ahead)}
            onChange={(value) => useRunForm.setState({ ahead: Number(value) })}
            data={choices(ahead).map((k) => ({ value: String(k), label: String(k), disabled: k > horizon }))}
            aria-label="How many steps before it was predicted"
            data-testid="ahead"
          />
        </div>
      </div>
      <PredictionCharts
        channels={stripChannels(rig.observations, [])}
        ahead={ahead}
        periodSeconds={rig.periodSeconds}
      />
    </div>
  );
}
