import { Button, Progress, SegmentedControl, Select, Text } from '@mantine/core';
import { IconFlag, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { memo } from 'react';
import { api } from '../api';
import { attempt } from '../app/notify';
import { useCurrentRig, useModels, useRig } from '../app/queries';
import { useUi } from '../app/ui-state';
import { live, useLive } from '../live/live';
import { verdict } from '../models/verdict';
import { formatCount, formatNumber, groupDigits } from '../ui/format';
import { Problem } from '../ui/Messages';
import { Stat } from '../ui/Panel';
import { PlannerForm } from './PlannerForm';
import { plannerOf, useRunForm } from './run-form';
import { TaskForm } from './TaskForm';

export function SetupPanel() {
  const running = useLive((s) => s.activity?.kind === 'running');
  return <div className="dock-content setup">{running ? <Running /> : <Setup />}</div>;
}

function Setup() {
  const { name } = useCurrentRig();
  const rig = useRig(name).data?.file;
  const models = useModels();
  const chosen = useUi((s) => s.model);
  const form = useRunForm();
  const phase = useLive((s) => s.status?.link.phase);
  const kind = useLive((s) => s.activity?.kind);
  const list = [...(models.data ?? [])].sort((a, b) => b.createdAt - a.createdAt);
  const fitting = list.filter((m) => m.rig === name);
  const model = list.find((m) => m.hash === chosen) ?? fitting[0] ?? list[0];
  const able = (phase === 'ready' || phase === 'running') && kind !== 'recording';
  const start = useMutation({
    mutationFn: (hash: string) =>
      api().run.start({
        model: hash,
        planner: plannerOf(form),
        propagation: form.propagation,
        episodes: form.episodes,
        seed: form.seed,
        ...(form.task === null ? {} : { task: form.task }),
      }),
  });
  if (!rig || !model) return null;
  const judged = verdict(model.evaluation, model.periodSeconds);
  const trusted = Math.min(...judged.channels.filter((c) => c.measured > 0).map((c) => c.trusted));
  const horizon = plannerOf(form).horizon;
  return (
    <div className="stack-sm">
      <Select
        label="Model"
        data={list.map((m) => ({
          value: m.hash,
          label: `${m.name} · ${formatCount(m.transitions, 'transition')}`,
        }))}
        value={model.hash}
        onChange={(hash) => useUi.setState({ model: hash })}
        data-testid="run-model"
      />
      {model.rig !== name && (
        <Text size="xs" c="var(--warn-text)">
          This model was learned on {model.rig}, not on {name}.
        </Text>
      )}
      {Number.isFinite(trusted) && trusted < horizon && (
        <Text size="xs" c="var(--warn-text)">
          The horizon of {horizon} steps is longer than the {formatCount(trusted, 'step')} this model can be
          trusted for.
        </Text>
      )}
      <SegmentedControl
        fullWidth
        value={form.method}
        onChange={(method) => useRunForm.setState({ method: method as typeof form.method })}
        data={[
          { value: 'mppi', label: 'MPPI' },
          { value: 'random-shooting', label: 'Random shooting' },
        ]}
        data-testid="planner"
      />
      <PlannerForm />
      <TaskForm rig={rig} />
      <div className="setup-foot">
        <Button
          fullWidth
          size="sm"
          leftSection={<IconPlayerPlayFilled size={16} />}
          loading={start.isPending}
          disabled={!able}
          onClick={() => start.mutate(model.hash)}
          data-testid="run-start"
        >
          Start run
        </Button>
        {!able && (
          <Text size="xs" c="dimmed">
            {kind === 'recording'
              ? 'A recording is going on.'
              : 'The rig is not ready to move. Use Resume in the bar above.'}
          </Text>
        )}
        {start.error && <Problem error={start.error} />}
      </div>
    </div>
  );
}

function Running() {
  const activity = useLive((s) => s.activity);
  const counts = useLive((s) => s.counts);
  const { name } = useCurrentRig();
  const rig = useRig(name).data?.file;
  const models = useModels();
  const form = useRunForm();
  if (!activity) return null;
  const model = models.data?.find((m) => m.hash === activity.model);
  const most = (form.task ?? rig?.task)?.maxReturn;
  return (
    <div className="stack-sm">
      <div className="row">
        <Text size="sm" fw={600} className="tabular">
          Episode {Math.min(activity.done + 1, activity.wanted)} of {activity.wanted}
        </Text>
        <Text size="sm" className="tabular" data-testid="run-step">
          {activity.maxSteps === 0
            ? 'Preparing the planner …'
            : `Step ${activity.step} / ${activity.maxSteps}`}
        </Text>
      </div>
      <Progress value={(100 * activity.step) / Math.max(1, activity.maxSteps)} size="sm" />
      <div className="big-number">
        <div className="stat-name">
          Return so far{most === undefined ? '' : ` (at most ${formatNumber(most, 4)})`}
        </div>
        <div className="big-value tabular" data-testid="return">
          {formatNumber(activity.return, 5)}
        </div>
      </div>
      <div className="stats stats-pairs">
        <Stat name="Expected" value={formatNumber(live.plan?.expectedReturn, 4)} testId="expected-return" />
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
      <Text size="xs" c="dimmed">
        {activity.planner ?? 'planner'} with {model?.name ?? activity.model?.slice(0, 12) ?? 'a model'}
        {activity.episode === null ? '' : `, recorded as episode ${activity.episode}`}
      </Text>
      <FinishButton />
    </div>
  );
}

/** On its own, so that numbers counting up beside it do not draw it anew. */
const FinishButton = memo(() => (
  <Button
    variant="default"
    fullWidth
    leftSection={<IconFlag size={16} />}
    onClick={() => void attempt(() => api().run.finish())}
    data-testid="run-finish"
  >
    Finish run
  </Button>
));
