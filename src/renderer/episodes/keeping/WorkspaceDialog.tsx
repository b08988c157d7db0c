import { Button, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Leaving, WorkspaceSize } from '../../../shared/workspace';
import { api } from '../../api';
import { editHistory } from '../../store/actions';
import { attempt, notifyEdit } from '../../store/notify';
import { queryClient } from '../../store/queries';
import { formatCount } from '../../ui/format';
import { Problem } from '../../ui/Messages';
import { NumberField } from '../../ui/NumberField';
import { firstProblem, type NumberRange } from '../../ui/number-problem';
import { formatBytes, ruleWords, sizeRows } from './words';

/** What takes the disk of a workspace, which episodes its rule lets go, and how the room comes back. */
export function WorkspaceDialog({ size, onClose }: { size: WorkspaceSize; onClose: () => void }) {
  const back = size.deletedBytes + size.unusedBytes;
  return (
    <Modal opened onClose={onClose} title={`The workspace takes ${formatBytes(size.totalBytes)}`} size="md">
      <Stack gap="md" data-testid="workspace-dialog">
        <Table verticalSpacing={2} fz="sm">
          <Table.Tbody>
            {sizeRows(size).map(([what, bytes]) => (
              <Table.Tr key={what}>
                <Table.Td>{what}</Table.Td>
                <Table.Td ta="right" className="tabular">
                  {formatBytes(bytes)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Retention />
        <Text size="sm" data-testid="compaction">
          {back === 0
            ? 'No deleted episodes and nothing unused: there is nothing to compact.'
            : `${formatBytes(back)} of deleted episodes and of what the log does not use go back to the disk by "foresight compact --apply". It needs the workspace for itself, so close this window first; deleted episodes are gone for good then.`}
        </Text>
      </Stack>
    </Modal>
  );
}

const DAYS: NumberRange = { min: 0.001, max: 1e6, optional: true };
const GIGABYTES: NumberRange = { min: 1e-6, max: 1e6, optional: true };

function Retention() {
  const leaving = useQuery({ queryKey: ['leaving'], queryFn: () => api().episodes.leaving(), staleTime: 0 });
  if (leaving.error) return <Problem error={leaving.error} />;
  if (!leaving.data) return null;
  return <RetentionForm key={JSON.stringify(leaving.data.rule)} found={leaving.data} />;
}

function RetentionForm({ found: { rule, ids, bytes } }: { found: Leaving }) {
  const [days, setDays] = useState(rule?.keepDays ?? Number.NaN);
  const [gigabytes, setGigabytes] = useState(
    rule?.mostBytes === undefined ? Number.NaN : rule.mostBytes / 1e9,
  );
  const problem = firstProblem([
    ['The days', days, DAYS],
    ['The gigabytes', gigabytes, GIGABYTES],
  ]);
  const save = async () => {
    const next = {
      ...(!Number.isNaN(days) && { keepDays: days }),
      ...(!Number.isNaN(gigabytes) && { mostBytes: Math.round(gigabytes * 1e9) }),
      keepTags: rule?.keepTags ?? ['keep'],
    };
    const left = await attempt(() => api().episodes.keep(next));
    if (left) queryClient.setQueryData(['leaving'], left);
  };
  const remove = async () => {
    if (!(await attempt(() => api().episodes.remove({ ids })))) return;
    for (const key of ['leaving', 'workspace-size']) void queryClient.invalidateQueries({ queryKey: [key] });
    notifyEdit(`${formatCount(ids.length, 'episode')} deleted, as the rule says.`, {
      label: 'Undo',
      run: () => editHistory('undo'),
    });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (problem === null) void save();
      }}
    >
      <Text size="sm" mb={6} data-testid="retention-rule">
        {rule === null ? 'No rule says what is kept, so everything is.' : ruleWords(rule)}
      </Text>
      <Group gap="sm" align="flex-end">
        <NumberField
          label="Keep, days"
          placeholder="all"
          w={110}
          value={days}
          range={DAYS}
          onChange={setDays}
          data-testid="keep-days"
        />
        <NumberField
          label="At most, GB"
          placeholder="all"
          w={110}
          value={gigabytes}
          range={GIGABYTES}
          onChange={setGigabytes}
          data-testid="keep-gigabytes"
        />
        <Button type="submit" variant="default" disabled={problem !== null} data-testid="keep-save">
          Set the rule
        </Button>
      </Group>
      <Group mt="sm" justify="space-between">
        <Text size="sm" data-testid="leaving">
          {ids.length === 0
            ? 'Nothing is to go. Nothing is ever deleted by itself.'
            : `${formatCount(ids.length, 'episode')} with ${formatBytes(bytes)} may go. Undo brings them back.`}
        </Text>
        {ids.length > 0 && (
          <Button variant="default" onClick={() => void remove()} data-testid="leaving-delete">
            Delete {ids.length === 1 ? 'it' : 'them'}
          </Button>
        )}
      </Group>
    </form>
  );
}
