import { Alert, Loader, Progress, Text } from '@mantine/core';
import { memo } from 'react';
import { useLive } from '../live/live';
import { useCurrentRig, useModels, useRig } from '../store/queries';
import { Folded } from '../ui/Folded';
import { formatNumber, groupDigits } from '../ui/format';
import { KeyButton } from '../ui/KeyButton';
import { Stat } from '../ui/Panel';
import { LiveControls } from './LiveControls';
import { NewReward } from './NewReward';
import { plannerInfo } from './planners';
import { taskOf, useRunForm } from './run-form';

/** The run that goes on: how far it is, what may be changed about it, and its end. */
export function RunningPanel() {
  const activity = useLive((s) => s.activity);
  const counts = useLive((s) => s.counts);
  const { name } = useCurrentRig();
  const rig = useRig(name).data?.file;
  const models = useModels();
  const expert = useRunForm((s) => s.expert);
  const most = useRunForm((form) => rig && taskOf(form, rig).maxReturn);
  if (!activity) return null;
  const model = models.data?.find((m) => m.hash === activity.model);
  const predictor =
    model?.name ?? (activity.model ? activity.model.slice(0, 12) : "the rig's true simulator");
  return (
    <>
      <div className="run-form">
        <div className="row">
          <Text size="sm" fw={600} className="tabular">
            Episode {Math.min(activity.done + 1, activity.wanted)} of {activity.wanted}
          </Text>
          <Text size="sm" className="tabular" data-testid="run-step">
            {activity.maxSteps === 0 ? 'Preparing …' : `Step ${activity.step} / ${activity.maxSteps}`}
          </Text>
        </div>
        <Progress value={(100 * activity.step) / Math.max(1, activity.maxSteps)} size="sm" />
        {activity.adapting !== null && <Adapting what={activity.adapting} />}
        <div className="big-number">
          <div className="stat-name">
            Return so far{most === undefined ? '' : ` (at most ${formatNumber(most, 4)})`}
          </div>
          <div className="big-value tabular" data-testid="return">
            {formatNumber(activity.return, 5)}
          </div>
        </div>
        <div className="stats">
          <Stat
            name="Missed plans"
            value={groupDigits(counts.missed)}
            tone={counts.missed > 0 ? 'bad' : undefined}
          />
          <Stat
            name="Overruns"
            value={groupDigits(counts.overruns)}
            tone={counts.overruns > 0 ? 'bad' : undefined}
          />
          <Stat name="Guard" value={groupDigits(counts.guard)} />
        </div>
        <Folded title="Expert: change it while it runs" open={expert} onOpen={openExpert} testId="expert">
          {activity.propagation && <Controls truth={activity.propagation} oracle={activity.model === null} />}
          {rig && <Reward key={rig.name} rig={rig} />}
        </Folded>
      </div>
      <div className="run-foot">
        <Text size="xs" c="dimmed">
          {plannerInfo(activity.planner)?.title ?? 'A planner'} with {predictor}
          {activity.episode === null ? '' : `, recorded as episode ${activity.episode}`}
        </Text>
        <KeyButton command="keep" testId="run-finish">
          End run and keep
        </KeyButton>
      </div>
    </>
  );
}

const openExpert = (expert: boolean) => useRunForm.setState({ expert });

/** Drawn anew when what they are about changes, not with every number that counts up beside them. */
const Reward = memo(NewReward);
const Controls = memo(
  LiveControls,
  (before, after) =>
    before.oracle === after.oracle && JSON.stringify(before.truth) === JSON.stringify(after.truth),
);

/** What is being done about a model that no longer fits. */
function Adapting({ what }: { what: string }) {
  return (
    <Alert color="indigo" variant="light" p={6} data-testid="adapting">
      <div className="row-tight">
        <Loader size={12} />
        <Text size="xs">{what}</Text>
      </div>
    </Alert>
  );
}
