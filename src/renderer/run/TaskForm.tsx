import { Button, NumberInput, Text } from '@mantine/core';
import type { RigFile } from '../../shared/rig';
import { FormulaField } from '../ui/FormulaField';
import { useRunForm } from './run-form';

/** What the run maximises and when an episode ends; the rig's own task until something is changed. */
export function TaskForm({ rig }: { rig: RigFile }) {
  const own = useRunForm((s) => s.task);
  const task = own ?? rig.task;
  const change = (patch: Partial<typeof task>) => {
    // A changed reward has another largest return, which nobody knows.
    const { maxReturn: _, ...rest } = { ...task, ...patch };
    useRunForm.setState({ task: 'reward' in patch ? rest : { ...task, ...patch } });
  };
  const names = [...rig.observations, ...rig.actions].map((c) => c.name).join(', ');
  return (
    <div className="stack-xs">
      <div className="row">
        <Text size="xs" fw={600}>
          Task: {own ? 'changed' : task.name}
        </Text>
        {own && (
          <Button variant="subtle" size="compact-xs" onClick={() => useRunForm.setState({ task: null })}>
            Back to the rig's
          </Button>
        )}
      </div>
      <FormulaField
        rig={rig.name}
        kind="reward"
        label="Reward of a step"
        value={task.reward}
        onChange={(reward) => change({ reward })}
        hint={`Channels: ${names}; before(x) is the value before the step.`}
      />
      <FormulaField
        rig={rig.name}
        kind="termination"
        label="Episode ends when"
        value={task.termination}
        onChange={(termination) => change({ termination })}
        hint={
          task.termination.trim() === '' ? 'Empty: only the step limit ends it.' : 'True ends the episode.'
        }
      />
      <NumberInput
        label="Steps at most"
        min={1}
        allowDecimal={false}
        value={task.maxSteps}
        onChange={(v) => change({ maxSteps: typeof v === 'number' ? v : rig.task.maxSteps })}
        data-testid="task-steps"
      />
    </div>
  );
}
