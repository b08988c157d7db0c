import { Button, Group, MultiSelect, Select, Stack, Switch, TextInput } from '@mantine/core';
import { EPISODE_SOURCES, EPISODE_STATES, OUTCOMES } from '../../shared/episode';
import { EpisodeFilter } from '../../shared/episode-list';
import { FLAG_KINDS, FLAG_WORDS } from '../../shared/flags';
import type { EpisodeList } from './list';
import { beginOf, dayOf, endOf } from './list-view';

const OUTCOME_CHOICES = [
  ...OUTCOMES.map((outcome) => ({ value: outcome, label: outcome })),
  { value: 'none', label: 'not judged' },
];
const DELETED_CHOICES = [
  { value: 'no', label: 'Left out' },
  { value: 'too', label: 'Shown too' },
  { value: 'only', label: 'Only they' },
];
const { source, outcome, deleted } = EpisodeFilter.shape;

/** Everything that a list can be narrowed by. */
export function FilterFields({ list: { filter, setFilter, clearFilter, overview } }: { list: EpisodeList }) {
  return (
    <Stack gap={8} data-testid="filter-fields">
      <Group grow gap={8}>
        <Select
          label="Source"
          placeholder="Any"
          clearable
          comboboxProps={{ withinPortal: false }}
          data={[...EPISODE_SOURCES]}
          value={filter.source ?? null}
          onChange={(value) => setFilter({ source: source.parse(value ?? undefined) })}
          data-testid="filter-source"
        />
        <Select
          label="Outcome"
          placeholder="Any"
          clearable
          comboboxProps={{ withinPortal: false }}
          data={OUTCOME_CHOICES}
          value={filter.outcome ?? null}
          onChange={(value) => setFilter({ outcome: outcome.parse(value ?? undefined) })}
          data-testid="filter-outcome"
        />
      </Group>
      <MultiSelect
        size="xs"
        label="State"
        placeholder={filter.states ? '' : 'Any'}
        comboboxProps={{ withinPortal: false }}
        data={[...EPISODE_STATES]}
        value={filter.states ?? []}
        onChange={(values) => setFilter({ states: EpisodeFilter.shape.states.parse(values) })}
      />
      <MultiSelect
        size="xs"
        label="Flags, one of them"
        placeholder={filter.flags ? '' : 'Any or none'}
        comboboxProps={{ withinPortal: false }}
        data={FLAG_KINDS.map((kind) => ({ value: kind, label: FLAG_WORDS[kind] }))}
        value={filter.flags ?? []}
        onChange={(values) => setFilter({ flags: EpisodeFilter.shape.flags.parse(values) })}
        data-testid="filter-flags"
      />
      <MultiSelect
        size="xs"
        label="Tags, all of them"
        placeholder={filter.tags ? '' : 'Any'}
        searchable
        comboboxProps={{ withinPortal: false }}
        data={(overview?.tags ?? []).map(({ tag, episodes }) => ({
          value: tag,
          label: `${tag} (${episodes})`,
        }))}
        value={filter.tags ?? []}
        onChange={(tags) => setFilter({ tags })}
        data-testid="filter-tags"
      />
      <Group grow gap={8}>
        <TextInput
          type="date"
          label="Recorded from"
          value={dayOf(filter.from)}
          onChange={(e) => setFilter({ from: beginOf(e.currentTarget.value) })}
          data-testid="filter-from"
        />
        <TextInput
          type="date"
          label="to"
          value={dayOf(filter.to === undefined ? undefined : filter.to - 1)}
          onChange={(e) => setFilter({ to: endOf(e.currentTarget.value) })}
        />
      </Group>
      <Group grow gap={8}>
        <TextInput
          label="Run"
          inputMode="numeric"
          placeholder="Any"
          value={filter.run === undefined ? '' : String(filter.run)}
          onChange={(e) => {
            const run = Number(e.currentTarget.value.trim() || Number.NaN);
            setFilter({ run: Number.isSafeInteger(run) ? run : undefined });
          }}
        />
        <Select
          label="Deleted ones"
          allowDeselect={false}
          comboboxProps={{ withinPortal: false }}
          data={DELETED_CHOICES}
          value={filter.deleted ?? 'no'}
          onChange={(value) => setFilter({ deleted: value === 'no' ? undefined : deleted.parse(value) })}
          data-testid="filter-deleted"
        />
      </Group>
      <Group gap={16}>
        <Switch
          label="Starred"
          checked={filter.starred === true}
          onChange={(e) => setFilter({ starred: e.currentTarget.checked })}
          data-testid="filter-starred"
        />
        <Switch
          label="Doubtful"
          checked={filter.doubtful === true}
          onChange={(e) => setFilter({ doubtful: e.currentTarget.checked })}
        />
        <Button ml="auto" variant="default" onClick={clearFilter} data-testid="filter-clear">
          Show all
        </Button>
      </Group>
    </Stack>
  );
}
