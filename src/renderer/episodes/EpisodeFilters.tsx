import { Select, Switch, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { EPISODE_SOURCES } from '../../shared/episode';
import type { EpisodeList } from './list';

/** By words, rig and source. */
export function EpisodeFilters({
  all,
  filter,
  setFilter,
}: Pick<EpisodeList, 'all' | 'filter' | 'setFilter'>) {
  return (
    <div className="toolbar">
      <TextInput
        leftSection={<IconSearch size={14} />}
        placeholder="Filter: number, rig, tag …"
        value={filter.text}
        onChange={(e) => setFilter({ ...filter, text: e.currentTarget.value })}
        flex={1}
        miw={110}
        aria-label="Filter"
        data-testid="episode-filter"
      />
      <Select
        placeholder="Any rig"
        clearable
        w={125}
        data={[...new Set((all ?? []).map((e) => e.rig))]}
        value={filter.rig}
        onChange={(rig) => setFilter({ ...filter, rig })}
        aria-label="Rig"
      />
      <Select
        placeholder="Any source"
        clearable
        w={108}
        data={[...EPISODE_SOURCES]}
        value={filter.source}
        onChange={(source) => setFilter({ ...filter, source })}
        aria-label="Source"
      />
    </div>
  );
}

/** Only what something is wrong with, and what was deleted as well. */
export function EpisodeSwitches({
  filter,
  setFilter,
  deletedToo,
  setDeletedToo,
}: Pick<EpisodeList, 'filter' | 'setFilter' | 'deletedToo' | 'setDeletedToo'>) {
  return (
    <>
      <Switch
        label="Doubtful"
        checked={filter.onlyDoubtful}
        onChange={(e) => setFilter({ ...filter, onlyDoubtful: e.currentTarget.checked })}
      />
      <Switch label="Deleted" checked={deletedToo} onChange={(e) => setDeletedToo(e.currentTarget.checked)} />
    </>
  );
}
