import { Button, Divider, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type Dataset, type DatasetSummary, remarksOf, SPLITS } from '../../../shared/dataset';
import { api } from '../../api';
import { attempt, attemptEdit } from '../../store/notify';
import { formatCount, formatDuration, groupDigits } from '../../ui/format';
import { Problem } from '../../ui/Messages';
import { ExportDialog } from '../export/ExportDialog';
import { DatasetCardView } from './DatasetCardView';
import { DatasetStatistics } from './DatasetStatistics';
import { NewDataset } from './NewDataset';
import { useDatasets } from './use-datasets';

/** Saved selections of episodes: made of the chosen ones, with their splits, statistics, coverage and card. */
export function DatasetsDialog({ ids, onClose }: { ids: readonly number[]; onClose: () => void }) {
  const { data, error, refetch } = useDatasets();
  const [chosen, setChosen] = useState<number | null>(null);
  const [exported, setExported] = useState<Dataset | null>(null);
  const shown = data?.find(({ id }) => id === chosen) ?? data?.at(-1);
  if (exported) {
    // In the place of this dialog, which is there again afterwards.
    return (
      <ExportDialog
        ids={exported.members.map(({ id }) => id)}
        dataset={exported}
        onClose={() => setExported(null)}
      />
    );
  }
  return (
    <Modal opened onClose={onClose} title="Data sets" size="xl">
      <Stack gap="sm" data-testid="datasets">
        <NewDataset ids={ids} onMade={setChosen} />
        <Divider />
        {error && <Problem error={error} retry={() => void refetch()} />}
        {data?.length === 0 && (
          <Text size="sm" c="dimmed">
            No data set yet. Choose episodes in the list, give the set a name, and make it: trainings and
            exports can then take it by its name.
          </Text>
        )}
        {shown && (
          <>
            <NativeSelect
              label="Data set"
              data={(data ?? []).map(({ id, name }) => ({ value: String(id), label: name }))}
              value={String(shown.id)}
              onChange={(event) => setChosen(Number(event.currentTarget.value))}
              data-testid="dataset-choice"
            />
            <Splits dataset={shown} />
            <Changes dataset={shown} ids={ids} onExport={setExported} />
            <NewName key={`name ${shown.id} ${shown.name}`} dataset={shown} />
            <DatasetStatistics key={`statistics ${shown.id} ${shown.counts.steps}`} dataset={shown} />
            <DatasetCardView key={`card ${shown.id} ${shown.counts.steps}`} dataset={shown.id} />
          </>
        )}
      </Stack>
    </Modal>
  );
}

/** Renames it, as an edit: undo brings the old name back. */
function NewName({ dataset: { id, name } }: { dataset: DatasetSummary }) {
  const [wanted, setWanted] = useState(name);
  const isNew = wanted.trim() !== '' && wanted.trim() !== name;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void attemptEdit(() => api().datasets.change({ id, change: { name: wanted.trim() } }));
      }}
    >
      <Group gap="xs" align="flex-end">
        <TextInput
          label="Name"
          value={wanted}
          maxLength={200}
          flex={1}
          onChange={(event) => setWanted(event.currentTarget.value)}
          data-testid="dataset-rename-to"
        />
        <Button type="submit" variant="default" disabled={!isNew} data-testid="dataset-rename">
          Rename
        </Button>
      </Group>
    </form>
  );
}

function Splits({ dataset }: { dataset: DatasetSummary }) {
  const { counts, splits, note } = dataset;
  const rows = [['all', counts] as const, ...SPLITS.map((split) => [split, splits[split]] as const)];
  return (
    <div data-testid="dataset-splits">
      {note !== '' && <Text size="sm">{note}</Text>}
      <table className="dataset-table">
        <thead>
          <tr>
            {['part', 'episodes', 'recordings', 'steps', 'time'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, { episodes, recordings, steps, seconds }]) => (
            <tr key={name}>
              <td>{name}</td>
              <td className="tabular">{groupDigits(episodes)}</td>
              <td className="tabular">{groupDigits(recordings)}</td>
              <td className="tabular">{groupDigits(steps)}</td>
              <td className="tabular">{formatDuration(seconds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {remarksOf(dataset).map((remark) => (
        <Text key={remark} size="xs" c="var(--warn-text)">
          {remark}
        </Text>
      ))}
    </div>
  );
}

function Changes({
  dataset: { id, counts },
  ids,
  onExport,
}: {
  dataset: DatasetSummary;
  ids: readonly number[];
  onExport: (dataset: Dataset) => void;
}) {
  const change = (by: { add?: number[]; remove?: number[] }) =>
    void attemptEdit(() => api().datasets.change({ id, change: by }));
  const none = ids.length === 0;
  const what = none ? 'chosen episodes' : formatCount(ids.length, 'episode');
  return (
    <Group gap="xs">
      <Button
        variant="default"
        disabled={none}
        onClick={() => change({ add: [...ids] })}
        data-testid="dataset-add"
      >
        Add {what}
      </Button>
      <Button
        variant="default"
        disabled={none}
        onClick={() => change({ remove: [...ids] })}
        data-testid="dataset-take"
      >
        Take {what} out
      </Button>
      <Button
        variant="default"
        disabled={counts.episodes === 0}
        onClick={async () => {
          const whole = await attempt(() => api().datasets.show({ id }));
          if (whole) onExport(whole);
        }}
        data-testid="dataset-export"
      >
        Export
      </Button>
      <Button
        variant="subtle"
        color="red"
        onClick={() => void attemptEdit(() => api().datasets.remove({ id }))}
        data-testid="dataset-remove"
      >
        Remove this data set
      </Button>
    </Group>
  );
}
