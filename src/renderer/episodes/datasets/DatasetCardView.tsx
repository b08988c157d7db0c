import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { cardText } from '../../../shared/dataset-card';
import { api } from '../../api';
import { attempt } from '../../store/notify';

/** What is handed over with a data set. It reads all of it for the checksum, so it is made when it is asked for. */
export function DatasetCardView({ dataset }: { dataset: number }) {
  const [by, setBy] = useState('');
  const [text, setText] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    await attempt(async () => {
      const card = await api().datasets.card({ id: dataset, by: by.trim() === '' ? null : by.trim() });
      setText(cardText(card));
    });
    setBusy(false);
  };
  return (
    <Stack gap="xs">
      <Group gap="xs" align="flex-end">
        <TextInput
          label="Made by"
          placeholder="not said"
          value={by}
          maxLength={200}
          onChange={(event) => setBy(event.currentTarget.value)}
          data-testid="card-by"
        />
        <Button variant="default" loading={busy} onClick={() => void make()} data-testid="card-make">
          Card
        </Button>
      </Group>
      {text !== null && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <pre className="dataset-card" tabIndex={0} data-testid="card-text">
          {text}
        </pre>
      )}
    </Stack>
  );
}
