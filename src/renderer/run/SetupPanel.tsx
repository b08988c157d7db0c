import { Button, NumberInput, SegmentedControl, Select, Text } from '@mantine/core';
import { IconPlayerPlayFilled } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { ModelSummary } from '../../shared/model';
import { DEFAULT_PLANNER, plannerTraits } from '../../shared/plan';
import { verdict } from '../../shared/verdict';
import { api } from '../api';
import { useLive } from '../live/live';
import { useCurrentRig, useModels, useRig } from '../store/queries';
import { useUi } from '../store/ui-state';
import { formatCount } from '../ui/format';
import { Problem } from '../ui/Messages';
import { Unattended } from '../ui/Unattended';
import { horizonWarning } from '../ui/verdict-words';
import { PlannerForm } from './PlannerForm';
import { RunningPanel } from './RunningPanel';
import { hasSimulator, plannerOf, type RunForm, runInput, useRunForm } from './run-form';
import { TaskForm } from './TaskForm';

export function SetupPanel() {
  const running = useLive((s) => s.activity?.kind === 'running');
  return <div className="dock-content setup">{running ? <RunningPanel /> : <Setup />}</div>;
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
  // A form that was filled for another rig may ask for what this one does not have.
  const dynamics = rig && hasSimulator(rig) ? form.dynamics : 'model';
  const able = (phase === 'ready' || phase === 'running') && kind !== 'recording';
  const start = useMutation({
    mutationFn: () => api().run.start(runInput(form, dynamics, model?.hash)),
    onSuccess: () => useRunForm.setState({ unattended: false }),
  });
  if (!rig) return null;
  return (
    <div className="stack-sm">
      {hasSimulator(rig) && <DynamicsChoice form={form} />}
      {dynamics === 'model' && model && (
        <ModelChoice list={list} model={model} rig={rig.name} horizon={plannerOf(form).horizon} />
      )}
      <PlannerForm dynamics={dynamics} />
      <div className="form-grid">
        <NumberInput
          label="Episodes"
          min={1}
          max={1000}
          allowDecimal={false}
          value={form.episodes}
          onChange={(v) => useRunForm.setState({ episodes: typeof v === 'number' ? v : 1 })}
          data-testid="run-episodes"
        />
        <NumberInput
          label="Seed"
          allowDecimal={false}
          value={form.seed}
          onChange={(v) => useRunForm.setState({ seed: typeof v === 'number' ? v : 0 })}
          data-testid="run-seed"
        />
      </div>
      <TaskForm rig={rig} />
      <div className="setup-foot">
        <Unattended
          what="run"
          on={form.unattended}
          onChange={(unattended) => useRunForm.setState({ unattended })}
        />
        <Button
          fullWidth
          size="sm"
          leftSection={<IconPlayerPlayFilled size={16} />}
          loading={start.isPending}
          disabled={!able || (dynamics === 'model' && !model)}
          onClick={() => start.mutate()}
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

/** Who predicts. The simulator knows everything, so it shows how good a planner could be with a perfect model. */
function DynamicsChoice({ form }: { form: RunForm }) {
  const choose = (dynamics: string) =>
    useRunForm.setState(
      dynamics === 'simulator'
        ? {
            dynamics,
            // A simulator gives no derivatives.
            ...(plannerTraits(form.method).differentiates ? { method: DEFAULT_PLANNER } : {}),
          }
        : { dynamics: 'model' },
    );
  return (
    <div className="stack-xs">
      <Text size="xs" fw={500}>
        Plan with
      </Text>
      <SegmentedControl
        fullWidth
        value={form.dynamics}
        onChange={choose}
        data={[
          { value: 'model', label: 'Learned model' },
          { value: 'simulator', label: 'True simulator' },
        ]}
        data-testid="dynamics"
      />
      {form.dynamics === 'simulator' && (
        <Text size="xs" c="dimmed">
          An oracle to compare with: what this planner can do when its model is perfect.
        </Text>
      )}
    </div>
  );
}

function ModelChoice({
  list,
  model,
  rig,
  horizon,
}: {
  list: ModelSummary[];
  model: ModelSummary;
  rig: string;
  horizon: number;
}) {
  const warning = horizonWarning(verdict(model.evaluation, model.periodSeconds), horizon);
  return (
    <>
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
      {model.rig !== rig && (
        <Text size="xs" c="var(--warn-text)">
          This model was learned on {model.rig}, not on {rig}.
        </Text>
      )}
      {warning !== null && (
        <Text size="xs" c="var(--warn-text)" data-testid="run-warning">
          {warning}
        </Text>
      )}
    </>
  );
}
