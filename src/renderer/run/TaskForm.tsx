import { Button, Text } from '@mantine/core';
import type { RigFile } from '../../shared/rig';
import type { TaskFile } from '../../shared/task';
import { Folded } from '../ui/Folded';
import { FormulaField } from '../ui/FormulaField';
import { NumberField } from '../ui/NumberField';
import { changeTask, RUN_RANGES, taskOf, useRunForm } from './run-form';

/** What the run maximises and when an episode ends; the rig's own task until something is changed. */
export function TaskForm({ rig }: { rig: RigFile }) {
  const task = useRunForm((form) => taskOf(form, rig));
  const own = useRunForm((form) => form.tasks[rig.name] !== undefined);
  const change = (patch: Partial<TaskFile>) => {
    // A changed reward has another largest return, which nobody knows.
    const { maxReturn: _, ...rest } = { ...task, ...patch };
    changeTask(rig.name, 'reward' in patch ? rest : { ...task, ...patch });
  };
  const names = [...rig.observations, ...rig.actions].map((c) => c.name).join(', ');
  return (
    <div className="stack-xs" data-testid="run-task">
      <div className="row">
        <Text size="xs" fw={500}>
          Task: {task.name}
          {own ? ', changed' : ''}
        </Text>
        {own && (
          <Button variant="subtle" size="compact-xs" flex="none" onClick={() => changeTask(rig.name, null)}>
            Back to the rig's
          </Button>
        )}
      </div>
      <code className="task-reward" title={task.reward}>
        {task.reward}
      </code>
      <Folded title="Change the task" testId="task-more">
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
        <NumberField
          label="Steps at most"
          range={RUN_RANGES.maxSteps}
          value={task.maxSteps}
          onChange={(maxSteps) => change({ maxSteps })}
          data-testid="task-steps"
        />
      </Folded>
    </div>
  );
}
