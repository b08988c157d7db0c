import { Anchor, SegmentedControl, Select, Switch, Text } from '@mantine/core';
import type { PolicySummary } from '../../shared/policy';
import { usePolicies } from '../store/queries';
import { useUi } from '../store/ui-state';
import { formatCount } from '../ui/format';
import { type Driver, type RunForm, useRunForm } from './run-form';

const DRIVERS: { value: Driver; label: string }[] = [
  { value: 'planner', label: 'Planner' },
  { value: 'policy', label: 'Policy' },
  { value: 'learner', label: 'Learner' },
];

/** Who drives: a planner with a model, a policy, or one that is learned while it drives. */
export function DriverChoice({ form }: { form: RunForm }) {
  // Until the list has come nobody knows.
  const none = usePolicies().data?.length === 0;
  return (
    <div className="stack-xs">
      <Text size="xs" fw={500}>
        Drives
      </Text>
      <SegmentedControl
        fullWidth
        value={form.driver}
        onChange={(driver) => useRunForm.setState({ driver: driver as Driver })}
        data={DRIVERS.map((one) => ({ ...one, disabled: one.value === 'policy' && none }))}
        aria-label="Who drives"
        data-testid="run-driver"
      />
      {none && form.driver !== 'learner' && (
        <Text size="xs" c="dimmed" data-testid="no-policy">
          No policy yet: one is learned in the room{' '}
          <Anchor
            component="button"
            size="xs"
            onClick={() => useUi.setState({ room: 'models', learned: 'policy' })}
            data-testid="learn-in-models"
          >
            Models
          </Anchor>
          , or here, by a learner that drives.
        </Text>
      )}
    </div>
  );
}

export function PolicyChoice({
  fitting,
  others,
  policy,
}: {
  fitting: PolicySummary[];
  others: PolicySummary[];
  policy: PolicySummary | undefined;
}) {
  const option = ({ hash, name }: PolicySummary) => ({ value: hash, label: name });
  return (
    <div className="stack-xs">
      <Select
        label="Policy"
        placeholder={fitting.length + others.length === 0 ? 'No policy yet' : 'Choose a policy'}
        data={[
          ...(fitting.length > 0 ? [{ group: 'Fit this rig', items: fitting.map(option) }] : []),
          ...(others.length > 0 ? [{ group: 'Of other rigs', items: others.map(option) }] : []),
        ]}
        value={policy?.hash ?? null}
        onChange={(hash) => useUi.setState({ policy: hash })}
        data-testid="run-policy"
      />
      {policy && (
        <Text size="xs" c="dimmed">
          {formatCount(policy.steps, 'step')} of {policy.rig}
        </Text>
      )}
    </div>
  );
}

/** Planner and policy side by side, for who wants to compare them or to change over. */
export function Beside({ form }: { form: RunForm }) {
  if ((usePolicies().data ?? []).length === 0) return null;
  return (
    <Switch
      label={form.driver === 'policy' ? 'The planner thinks along' : 'A policy thinks along'}
      description="What it would do is shown, and it can take over while the run goes on."
      checked={form.beside}
      onChange={(e) => useRunForm.setState({ beside: e.currentTarget.checked })}
      data-testid="run-beside"
    />
  );
}
