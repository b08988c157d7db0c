import { Button, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { RigFile } from '../../shared/rig';
import { api } from '../api';
import { Folded } from '../ui/Folded';
import { FormulaField, useFormulaCheck } from '../ui/FormulaField';
import { Problem } from '../ui/Messages';
import { changeTask, rewardOf, taskOf, typeReward, useRunForm } from './run-form';

/** Another reward for the run that goes on, on the model as it is. */
export function NewReward({ rig }: { rig: RigFile }) {
  const task = useRunForm((form) => taskOf(form, rig));
  const reward = useRunForm((form) => rewardOf(form, rig));
  const { result } = useFormulaCheck(rig.name, 'reward', reward);
  const same = reward.trim() === task.reward.trim();
  const apply = useMutation({
    mutationFn: async () => {
      // A changed reward has another largest return, which nobody knows.
      const { maxReturn: _, ...rest } = task;
      const next = { ...rest, reward };
      await api().run.adjust({ task: next });
      changeTask(rig.name, next);
    },
  });
  return (
    <Folded title="New reward" testId="new-reward">
      <FormulaField
        rig={rig.name}
        kind="reward"
        label="Reward of a step"
        value={reward}
        onChange={(typed) => typeReward(rig.name, typed)}
        hint="Applied, the plans from the next one on maximise it. The model stays as it is."
      />
      <div className="row">
        <Text
          size="xs"
          c="dimmed"
          data-testid="reward-state"
          data-state={apply.isPending ? 'pending' : same ? 'applied' : 'edited'}
        >
          {apply.isPending ? 'Applying …' : same ? 'This is what the run maximises.' : 'Not applied yet.'}
        </Text>
        <Button
          size="compact-xs"
          loading={apply.isPending}
          disabled={same || result?.ok !== true}
          onClick={() => apply.mutate()}
          data-testid="reward-apply"
        >
          Apply
        </Button>
      </div>
      {apply.error && <Problem error={apply.error} />}
    </Folded>
  );
}
