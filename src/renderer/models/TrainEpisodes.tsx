import { MultiSelect, SegmentedControl, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import type { ListedEpisode } from '../../shared/episode-list';
import { useEpisodePage } from '../store/episode-lists';
import { formatCount, formatNumber, groupDigits } from '../ui/format';
import { type TrainForm, type Training, usableOf, useTrainForm } from './train-form';
import { keptOutWords } from './words';

/** Which episodes to learn from, and how much that is. `known`: the core has said which there are. */
export function TrainEpisodes({
  training,
  chosen,
  known,
}: {
  training: Training;
  chosen: readonly ListedEpisode[];
  known: boolean;
}) {
  const { which, last } = useTrainForm();
  const kept = keptOutWords(last);
  const { offered, taken, transitions } = training;
  return (
    <>
      <SegmentedControl
        fullWidth
        value={which}
        onChange={(value) => useTrainForm.setState({ which: value as TrainForm['which'] })}
        data={[
          { value: 'all', label: known ? `All episodes (${groupDigits(offered)})` : 'All episodes' },
          { value: 'some', label: 'Choose' },
        ]}
      />
      {which === 'some' && <Chosen rig={training.rig} chosen={chosen} />}
      <Text size="xs" c="dimmed" className="tabular" data-testid="train-transitions">
        {known
          ? `${formatCount(transitions, 'transition')} from ${formatCount(taken, 'episode')}`
          : 'Asking for the episodes …'}
      </Text>
      <Text size="xs" c={kept.doubtful ? 'var(--warn-text)' : 'dimmed'} data-testid="train-kept">
        {kept.words}
      </Text>
    </>
  );
}

/** So many are offered at once; typing finds the others. */
const OFFERED = 50;

/** Some of a rig's episodes, the newest offered first, others by typing a number, a tag or a note. */
function Chosen({ rig, chosen }: { rig: string | null; chosen: readonly ListedEpisode[] }) {
  const [text, setText] = useState('');
  const [typed] = useDebouncedValue(text, 150);
  const found = useEpisodePage({ ...usableOf(rig ?? ''), text: typed, limit: OFFERED }, rig !== null).data;
  const others = (found?.episodes ?? []).filter(({ id }) => !chosen.some((one) => one.id === id));
  return (
    <MultiSelect
      size="xs"
      placeholder={chosen.length === 0 ? 'Episodes to learn from' : ''}
      searchable
      searchValue={text}
      onSearchChange={setText}
      // What matches the words is the log's to say.
      filter={({ options }) => options}
      data={[...chosen, ...others].map((e) => ({
        value: String(e.id),
        label: `${e.id} · ${e.source} · ${formatCount(e.steps, 'step')} · return ${formatNumber(e.return, 3)}`,
      }))}
      value={chosen.map(({ id }) => String(id))}
      onChange={(ids) => useTrainForm.setState({ ids: ids.map(Number) })}
      maxDropdownHeight={260}
      aria-label="Episodes to learn from"
      data-testid="train-episodes"
    />
  );
}
