import { Badge, Button, SegmentedControl, Select, Switch, Text } from '@mantine/core';
import { IconPlayerPlayFilled } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { ModelSummary } from '../../shared/model';
import { DEFAULT_PLANNER, plannerTraits } from '../../shared/plan';
import type { Verdict } from '../../shared/verdict';
import { api } from '../api';
import { useLive } from '../live/live';
import { useUi } from '../store/ui-state';
import { ChecksBeforeMoving } from '../ui/ChecksBeforeMoving';
import { Folded } from '../ui/Folded';
import { formatCount } from '../ui/format';
import { Problem } from '../ui/Messages';
import { NumberField } from '../ui/NumberField';
import { Unattended } from '../ui/Unattended';
import { horizonWords, verdictBadge } from '../ui/verdict-words';
import { Beside, DriverChoice, PolicyChoice } from './DriverChoice';
import { LearnForm } from './LearnForm';
import { learnInput, learnSetup } from './learning';
import { PlannerForm } from './PlannerForm';
import {
  formProblem,
  hasSimulator,
  needsPolicy,
  RUN_RANGES,
  type RunForm,
  runInput,
  useRunForm,
} from './run-form';
import { startProblem } from './start';
import { TaskForm } from './TaskForm';
import { useSetup } from './use-run';

/** Who drives, with what it needs, the task, and Start. `again`: a run has just ended. */
export function Setup({ again }: { again: boolean }) {
  const setup = useSetup();
  if (!setup) return null;
  return setup.form.driver === 'learner' ? (
    <LearnerSetup {...{ setup, again }} />
  ) : (
    <PilotSetup {...{ setup, again }} />
  );
}

type SetupProps = { setup: NonNullable<ReturnType<typeof useSetup>>; again: boolean };

/** A policy is learned while the rig moves. */
function LearnerSetup({ setup: { rig, form, fitting }, again }: SetupProps) {
  const phase = useLive((s) => s.status?.link.phase);
  const activity = useLive((s) => s.activity?.kind);
  const setup = learnSetup(form, rig, fitting, { phase, activity });
  const start = useMutation({
    mutationFn: () => api().run.learn(learnInput(form, rig, setup)),
    onSuccess: () => useRunForm.setState({ unattended: false }),
  });
  return (
    <>
      <div className="run-form" data-testid="run-setup">
        <DriverChoice form={form} />
        <LearnForm {...{ form, rig, setup }} />
        <TaskForm rig={rig} />
      </div>
      <StartFoot
        label={again ? 'Learn anew' : 'Start learning'}
        {...{ start, problem: setup.problem, unattended: form.unattended }}
      />
    </>
  );
}

/** A planner or a policy drives: the model with its verdict and the policy; everything else is for who asks for it. */
function PilotSetup({ setup, again }: SetupProps) {
  const sees = Boolean(setup.model?.eyes);
  const phase = useLive((s) => s.status?.link.phase);
  const activity = useLive((s) => s.activity?.kind);
  const start = useMutation({
    mutationFn: () => {
      const { form, model, policy } = setup;
      const asked = { ...setup, sees, model: model?.hash, policy: policy?.hash };
      return api().run.start(runInput(form, asked));
    },
    onSuccess: () => useRunForm.setState({ unattended: false }),
  });
  const { rig, form, dynamics, model, policy, policies, fitting, others, judged, horizon } = setup;
  const drives = form.driver === 'policy';
  const wrong = formProblem(form, rig, { dynamics, sees });
  const problem = startProblem({
    ...{ phase, activity, dynamics, model, rig, wrong },
    policy: needsPolicy(form) ? { drives, chosen: policy } : null,
  });
  return (
    <>
      <div className="run-form" data-testid="run-setup">
        <DriverChoice form={form} />
        {needsPolicy(form) && <PolicyChoice {...policies} policy={policy} />}
        {drives && (
          <Switch
            label="Imagined in a model"
            description="Shows what comes of what the policy does, and where its model ends."
            checked={form.imagined}
            disabled={fitting.length === 0}
            onChange={(e) => useRunForm.setState({ imagined: e.currentTarget.checked })}
            data-testid="run-imagined"
          />
        )}
        {drives && !model ? null : dynamics === 'model' ? (
          <ModelChoice {...{ fitting, others, model, judged, horizon }} own={form.ownHorizon} />
        ) : (
          <Text size="xs">
            Plans on the rig's true simulator: an oracle to compare with, what this planner can do when its
            model is perfect.
          </Text>
        )}
        <TaskForm rig={rig} />
        <Folded
          title="Expert"
          summary={drives && !model ? 'The policy alone' : expertSummary(form, horizon)}
          open={form.expert}
          onOpen={(expert) => useRunForm.setState({ expert })}
          testId="expert"
        >
          {hasSimulator(rig) && !drives && <DynamicsChoice form={form} />}
          <Beside form={form} />
          <PlannerForm {...{ dynamics, horizon, sees }} />
          <div className="form-grid">
            <NumberField
              label="Episodes"
              range={RUN_RANGES.episodes}
              value={form.episodes}
              onChange={(episodes) => useRunForm.setState({ episodes })}
              data-testid="run-episodes"
            />
            <NumberField
              label="Seed"
              range={RUN_RANGES.seed}
              value={form.seed}
              onChange={(seed) => useRunForm.setState({ seed })}
              data-testid="run-seed"
            />
          </div>
          <Unattended
            what="run"
            on={form.unattended}
            onChange={(unattended) => useRunForm.setState({ unattended })}
          />
        </Folded>
      </div>
      <StartFoot
        label={again ? 'Run again' : 'Start run'}
        {...{ start, problem, unattended: form.unattended }}
      />
    </>
  );
}

/** Start, in reach however long the form above it is, and why it cannot be pressed. */
function StartFoot({
  label,
  start,
  problem,
  unattended,
}: {
  label: string;
  start: { isPending: boolean; error: Error | null; mutate(): void };
  problem: string | null;
  unattended: boolean;
}) {
  return (
    <div className="run-foot">
      <Button
        fullWidth
        size="sm"
        leftSection={<IconPlayerPlayFilled size={16} />}
        loading={start.isPending}
        disabled={problem !== null}
        onClick={() => start.mutate()}
        data-testid="run-start"
      >
        {label}
      </Button>
      {problem !== null && (
        <Text size="xs" c="var(--warn-text)" data-testid="run-problem">
          {problem}
        </Text>
      )}
      {problem === null && <ChecksBeforeMoving />}
      {unattended && problem === null && (
        <Text size="xs" c="dimmed">
          Goes on without this window.
        </Text>
      )}
      {start.error && <Problem error={start.error} />}
    </div>
  );
}

function expertSummary({ method, episodes }: RunForm, horizon: number): string {
  const many = episodes === 1 ? '' : `, ${formatCount(episodes, 'episode')}`;
  return `${method}, ${formatCount(horizon, 'step')} ahead${many}`;
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
    </div>
  );
}

function ModelChoice({
  fitting,
  others,
  model,
  judged,
  horizon,
  own,
}: {
  fitting: ModelSummary[];
  others: ModelSummary[];
  model: ModelSummary | undefined;
  judged: Verdict | null;
  horizon: number;
  /** A person has set the horizon. */
  own: boolean;
}) {
  const option = (m: ModelSummary) => ({
    value: m.hash,
    label: m.name,
  });
  const badge = judged && verdictBadge(judged);
  const words = judged && horizonWords(judged, horizon, own);
  return (
    <div className="stack-xs">
      <Select
        label="Model"
        placeholder={fitting.length + others.length === 0 ? 'No model yet' : 'Choose a model'}
        data={[
          ...(fitting.length > 0 ? [{ group: 'Fit this rig', items: fitting.map(option) }] : []),
          ...(others.length > 0 ? [{ group: 'Of other rigs', items: others.map(option) }] : []),
        ]}
        value={model?.hash ?? null}
        onChange={(hash) => useUi.setState({ model: hash })}
        data-testid="run-model"
      />
      {model && badge && (
        <div className="run-model-about">
          <Badge size="sm" variant="light" color={badge.colour} flex="none" data-testid="run-verdict">
            {badge.text}
          </Badge>
          <Text size="xs" c="dimmed">
            {formatCount(model.transitions, 'transition')} of {model.rig}
          </Text>
        </div>
      )}
      {words && (
        <Text
          size="xs"
          c={words.warns ? 'var(--warn-text)' : 'dimmed'}
          data-testid="run-warning"
          data-warns={words.warns}
        >
          {words.text}
        </Text>
      )}
    </div>
  );
}
