import { Button, Text } from '@mantine/core';
import { IconRuler2 } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { LearningState } from '../../shared/telemetry';
import { api } from '../api';
import { useUi } from '../store/ui-state';
import { Problem } from '../ui/Messages';
import { evaluationWords } from '../ui/policy-words';
import { keptWords } from './learning';
import { useRunForm } from './run-form';

/** What was kept of a run that learned, and where to go from there. */
export function Kept({ learning }: { learning: LearningState }) {
  const { kept } = learning;
  return (
    <>
      <Text size="xs" fw={500} data-testid="learned-kept">
        {keptWords(learning)}
      </Text>
      {kept && <KeptActions policy={kept.hash} />}
    </>
  );
}

function KeptActions({ policy }: { policy: string }) {
  const queries = useQueryClient();
  const evaluate = useMutation({
    mutationFn: () => api().policies.evaluate({ policy }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['policies'] }),
  });
  return (
    <>
      <div className="row-tight result-buttons">
        <Button
          onClick={() => {
            useUi.setState({ policy });
            useRunForm.setState({ driver: 'policy' });
          }}
          data-testid="learned-drive"
        >
          Drive with it
        </Button>
        <Button
          variant="default"
          leftSection={<IconRuler2 size={14} />}
          loading={evaluate.isPending}
          onClick={() => evaluate.mutate()}
          title="Whole episodes in the simulation, without exploring"
          data-testid="learned-evaluate"
        >
          Evaluate
        </Button>
      </div>
      {evaluate.data && (
        <Text size="xs" data-testid="learned-evaluation">
          {evaluationWords(evaluate.data)}
        </Text>
      )}
      {evaluate.error && <Problem error={evaluate.error} />}
    </>
  );
}
