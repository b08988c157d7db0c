import { MultiSelect, SegmentedControl, Text } from '@mantine/core';
import { formatCount, formatNumber } from '../ui/format';
import { type TrainForm, type Training, useTrainForm } from './train-form';
import { keptOutWords } from './words';

/** Which episodes to learn from, and how much that is. `known`: the core has said which there are. */
export function TrainEpisodes({ training, known }: { training: Training; known: boolean }) {
  const { which, ids, last } = useTrainForm();
  const kept = keptOutWords(last);
  const { offered, taken, transitions } = training;
  return (
    <>
      <SegmentedControl
        fullWidth
        value={which}
        onChange={(value) => useTrainForm.setState({ which: value as TrainForm['which'] })}
        data={[
          { value: 'all', label: known ? `All episodes (${offered.length})` : 'All episodes' },
          { value: 'some', label: 'Choose' },
        ]}
      />
      {which === 'some' && (
        <MultiSelect
          size="xs"
          placeholder={ids.length === 0 ? 'Episodes to learn from' : ''}
          searchable
          data={offered.map((e) => ({
            value: String(e.id),
            label: `${e.id} · ${e.source} · ${formatCount(e.steps, 'step')} · return ${formatNumber(e.return, 3)}`,
          }))}
          value={taken.map(({ id }) => String(id))}
          onChange={(chosen) => useTrainForm.setState({ ids: chosen.map(Number) })}
          maxDropdownHeight={260}
          aria-label="Episodes to learn from"
        />
      )}
      <Text size="xs" c="dimmed" className="tabular" data-testid="train-transitions">
        {known
          ? `${formatCount(transitions, 'transition')} from ${formatCount(taken.length, 'episode')}`
          : 'Asking for the episodes …'}
      </Text>
      <Text size="xs" c={kept.doubtful ? 'var(--warn-text)' : 'dimmed'} data-testid="train-kept">
        {kept.words}
      </Text>
    </>
  );
}
