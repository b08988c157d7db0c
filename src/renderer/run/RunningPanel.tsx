import { Alert, Loader, Progress, SegmentedControl, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { memo } from 'react';
import { api } from '../api';
import { isLearning, useLive } from '../live/live';
import { useCurrentRig, useModels, usePolicies, useRig } from '../store/queries';
import { Folded } from '../ui/Folded';
import { formatNumber, groupDigits } from '../ui/format';
import { KeyButton } from '../ui/KeyButton';
import { Problem } from '../ui/Messages';
import { Stat } from '../ui/Panel';
import { LearningFoot, LearningSteps } from './LearningPanel';
import { LiveControls } from './LiveControls';
import { NewReward } from './NewReward';
import { plannerInfo } from './planners';
import { taskOf, useRunForm } from './run-form';

/** The run that goes on: how far it is, what may be changed about it, and its end. What counts up is drawn by parts of it alone. */
export function RunningPanel() {
  const adapting = useLive((s) => s.activity?.adapting ?? null);
  const expert = useRunForm((s) => s.expert);
  const known = useLive((s) => s.activity !== null);
  const learns = useLive((s) => s.activity !== null && isLearning(s.activity));
  if (!known) return null;
  return (
    <>
      <div className="run-form">
        <Steps />
        {learns && <LearningSteps />}
        {adapting !== null && !learns && <Adapting what={adapting} />}
        <Return />
        <Counts />
        <Driver />
        {!learns && (
          <Folded title="Expert: change it while it runs" open={expert} onOpen={openExpert} testId="expert">
            <Changes />
          </Folded>
        )}
      </div>
      <div className="run-foot">
        {learns ? <LearningFoot /> : <Plans />}
        <KeyButton command="keep" testId="run-finish">
          {learns ? 'End and keep the policy' : 'End run and keep'}
        </KeyButton>
      </div>
    </>
  );
}

function Steps() {
  const activity = useLive((s) => s.activity);
  if (!activity) return null;
  const { done, wanted, step, maxSteps } = activity;
  // A run that learns ends by its steps.
  const of = isLearning(activity) ? '' : ` of ${wanted}`;
  return (
    <>
      <div className="row">
        <Text size="sm" fw={600} className="tabular">
          Episode {Math.min(done + 1, wanted)}
          {of}
        </Text>
        <Text size="sm" className="tabular" data-testid="run-step">
          {maxSteps === 0 ? 'Preparing …' : `Step ${step} / ${maxSteps}`}
        </Text>
      </div>
      <Progress
        value={(100 * step) / Math.max(1, maxSteps)}
        size="sm"
        flex="none"
        aria-label="Steps of the episode"
      />
    </>
  );
}

function Return() {
  const { name } = useCurrentRig();
  const rig = useRig(name).data?.file;
  const most = useRunForm((form) => rig && taskOf(form, rig).maxReturn);
  const value = useLive((s) => s.activity?.return ?? 0);
  return (
    <div className="big-number">
      <div className="stat-name">
        Return so far{most === undefined ? '' : ` (at most ${formatNumber(most, 4)})`}
      </div>
      <div className="big-value tabular" data-testid="return">
        {formatNumber(value, 5)}
      </div>
    </div>
  );
}

function Counts() {
  const missed = useLive((s) => s.counts.missed);
  const overruns = useLive((s) => s.counts.overruns);
  const guard = useLive((s) => s.counts.guard);
  return (
    <div className="stats">
      <Stat name="Missed plans" value={groupDigits(missed)} tone={missed > 0 ? 'bad' : undefined} />
      <Stat name="Overruns" value={groupDigits(overruns)} tone={overruns > 0 ? 'bad' : undefined} />
      <Stat name="Guard" value={groupDigits(guard)} />
    </div>
  );
}

/** Who drives now, and the way to change that without stopping. */
function Driver() {
  const driver = useLive((s) => s.activity?.driver ?? null);
  const policy = useLive((s) => s.activity?.policy ?? null);
  const planner = useLive((s) => s.activity?.planner ?? null);
  // Asked for a planner where there is nothing to plan with, the core refuses in a sentence, and the policy drives on.
  const change = useMutation({
    mutationFn: (wanted: 'planner' | 'policy') => api().run.adjust({ driver: wanted }),
  });
  if (policy === null || driver === null) return null;
  return (
    <div className="stack-xs">
      <Text size="xs" fw={500} data-testid="driving">
        {driver === 'policy' ? 'The policy drives' : `${plannerInfo(planner)?.title ?? 'The planner'} drives`}
      </Text>
      <SegmentedControl
        fullWidth
        value={driver}
        onChange={(wanted) => change.mutate(wanted === 'policy' ? 'policy' : 'planner')}
        disabled={change.isPending}
        data={[
          { value: 'planner', label: 'Planner' },
          { value: 'policy', label: 'Policy' },
        ]}
        aria-label="Who drives"
        data-testid="switch-driver"
      />
      {change.error && <Problem error={change.error} />}
    </div>
  );
}

function Changes() {
  const { name } = useCurrentRig();
  const rig = useRig(name).data?.file;
  const propagation = useLive((s) => s.activity?.propagation ?? null);
  const oracle = useLive((s) => s.activity?.model === null);
  return (
    <>
      {propagation && <Controls truth={propagation} oracle={oracle} />}
      {rig && <Reward key={rig.name} rig={rig} />}
    </>
  );
}

/** What plans, with what, and where it is recorded. */
function Plans() {
  const models = useModels().data;
  const planner = useLive((s) => s.activity?.planner ?? null);
  const hash = useLive((s) => s.activity?.model ?? null);
  const episode = useLive((s) => s.activity?.episode ?? null);
  const policies = usePolicies().data;
  const driver = useLive((s) => s.activity?.driver ?? 'planner');
  const asked = useLive((s) => s.activity?.policy ?? null);
  const policy = policies?.find((p) => p.hash === asked || p.name === asked);
  const model = models?.find((m) => m.hash === hash);
  const predictor = model?.name ?? (hash ? hash.slice(0, 12) : "the rig's true simulator");
  return (
    <Text size="xs" c="dimmed">
      {driver === 'policy'
        ? `Policy ${policy?.name ?? asked?.slice(0, 12) ?? ''}${hash ? `, imagined in ${predictor}` : ''}`
        : `${plannerInfo(planner)?.title ?? 'A planner'} with ${predictor}`}
      {episode === null ? '' : `, recorded as episode ${episode}`}
    </Text>
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
    <Alert color="indigo" variant="light" p={6} flex="none" data-testid="adapting">
      <div className="row-tight">
        <Loader size={12} />
        <Text size="xs">{what}</Text>
      </div>
    </Alert>
  );
}
