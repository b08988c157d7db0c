import { Button, Popover, Select, TextInput } from '@mantine/core';
import { IconFilter, IconSearch } from '@tabler/icons-react';
import { FilterFields } from './FilterFields';
import type { EpisodeList } from './list';
import { narrowings } from './list-view';

/** By words and rig, and by the rest behind a button that says how much of it is asked for. */
export function EpisodeFilters({ list }: { list: EpisodeList }) {
  const { filter, setFilter, overview } = list;
  const more = narrowings(filter);
  return (
    <div className="toolbar">
      <TextInput
        leftSection={<IconSearch size={14} />}
        placeholder="Search: number, tag, note, reason …"
        value={filter.text ?? ''}
        onChange={(e) => setFilter({ text: e.currentTarget.value })}
        flex={1}
        miw={110}
        maxLength={300}
        aria-label="Search"
        data-testid="episode-filter"
      />
      <Select
        placeholder="Any rig"
        clearable
        searchable
        w={135}
        data={(overview?.rigs ?? []).map(({ name }) => name)}
        value={filter.rig ?? null}
        onChange={(rig) => setFilter({ rig: rig ?? undefined })}
        aria-label="Rig"
        data-testid="filter-rig"
      />
      <Popover position="bottom-end" width={320} trapFocus withinPortal>
        <Popover.Target>
          <Button
            variant={more > 0 ? 'light' : 'default'}
            leftSection={<IconFilter size={14} />}
            data-testid="filter-more"
          >
            Filter{more > 0 ? ` (${more})` : ''}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <FilterFields list={list} />
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}
