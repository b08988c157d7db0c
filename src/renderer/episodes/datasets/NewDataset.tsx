import { Button, Group, NumberInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api } from '../../api';
import { attemptEdit } from '../../store/notify';
import { formatCount } from '../../ui/format';

/** Makes a data set of the chosen episodes. */
export function NewDataset({ ids, onMade }: { ids: readonly number[]; onMade: (id: number) => void }) {
  const [name, setName] = useState('');
  const [validation, setValidation] = useState(10);
  const [test, setTest] = useState(20);
  const make = () =>
    attemptEdit(async () => {
      const shares = { validation: validation / 100, test: test / 100 };
      const { id } = await api().datasets.make({ name, ...shares, episodes: [...ids] });
      setName('');
      onMade(id);
      return id;
    });
  const share = (label: string, value: number, set: (value: number) => void, testId: string) => (
    <NumberInput
      label={label}
      w={120}
      min={0}
      max={90}
      suffix=" %"
      value={value}
      onChange={(next) => set(Number(next) || 0)}
      data-testid={testId}
    />
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <Group gap="xs" align="flex-end">
        <TextInput
          label="New data set"
          placeholder="its name"
          value={name}
          maxLength={200}
          flex={1}
          miw={140}
          onChange={(event) => setName(event.currentTarget.value)}
          data-testid="dataset-name"
        />
        {share('For validation', validation, setValidation, 'dataset-validation')}
        {share('For test', test, setTest, 'dataset-test')}
        <Button type="submit" disabled={ids.length === 0 || name.trim() === ''} data-testid="dataset-make">
          {ids.length === 0 ? 'Choose episodes first' : `Make of ${formatCount(ids.length, 'episode')}`}
        </Button>
      </Group>
    </form>
  );
}
