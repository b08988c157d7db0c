import { ActionIcon, Button, Group, Select, Splitter, Switch, Text, TextInput, Tooltip } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconArrowBackUp, IconArrowForwardUp, IconSearch, IconTag, IconTrash } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { EPISODE_SOURCES } from '../../shared/episode';
import { api } from '../api';
import { editHistory } from '../store/actions';
import { attempt } from '../store/notify';
import { useEpisodes } from '../store/queries';
import { useUi } from '../store/ui-state';
import { formatCount } from '../ui/format';
import { Empty, Problem } from '../ui/Messages';
import { EpisodeDetail } from './EpisodeDetail';
import { EpisodeTable } from './EpisodeTable';
import { ANY, type EpisodeFilter, matches } from './filter';
import { TagDialog } from './TagDialog';

export function EpisodesRoom() {
  const [filter, setFilter] = useState<EpisodeFilter>(ANY);
  const [deletedToo, setDeletedToo] = useState(false);
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const [tagging, setTagging] = useState(false);
  const episodes = useEpisodes(deletedToo);
  const shown = useUi((s) => s.episode);
  const [sizes, setSizes] = useLocalStorage<(number | string)[]>({
    key: 'foresight.episodes.sizes',
    defaultValue: [48, 52],
  });

  const all = episodes.data;
  const rows = useMemo(
    () => (all ?? []).filter((e) => matches(e, filter)).sort((a, b) => b.id - a.id),
    [all, filter],
  );
  const detail = all?.find((e) => e.id === shown);
  const chosen =
    picked.size > 0 ? rows.filter((e) => picked.has(e.id)).map((e) => e.id) : detail ? [detail.id] : [];

  const remove = async () => {
    const done = await attempt(() => api().episodes.remove({ ids: chosen }));
    if (done) setPicked(new Set());
  };

  if (episodes.error) return <Problem error={episodes.error} retry={() => void episodes.refetch()} />;
  if (all?.length === 0) {
    return (
      <Empty title="No episodes yet" go={{ room: 'record', label: 'Go to Record' }}>
        Everything that is recorded, and every run, becomes an episode here: to look at, tag, clean and learn
        from.
      </Empty>
    );
  }
  return (
    <Splitter
      className="splitter"
      sizes={sizes as number[]}
      onSizeChange={setSizes}
      lineSize={1}
      withHandle={false}
    >
      <Splitter.Pane defaultSize={48} min="430px">
        <div className="pane">
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
          <div className="toolbar">
            <Switch
              label="Doubtful"
              checked={filter.onlyDoubtful}
              onChange={(e) => setFilter({ ...filter, onlyDoubtful: e.currentTarget.checked })}
            />
            <Switch
              label="Deleted"
              checked={deletedToo}
              onChange={(e) => setDeletedToo(e.currentTarget.checked)}
            />
            <Group gap={4} ml="auto" wrap="nowrap">
              <Tooltip label="Undo (Ctrl Z)">
                <ActionIcon
                  variant="default"
                  aria-label="Undo"
                  onClick={() => void editHistory('undo')}
                  data-testid="undo"
                >
                  <IconArrowBackUp size={16} />
                </ActionIcon>
              </Tooltip>
              <Tooltip label="Redo (Ctrl Shift Z)">
                <ActionIcon
                  variant="default"
                  aria-label="Redo"
                  onClick={() => void editHistory('redo')}
                  data-testid="redo"
                >
                  <IconArrowForwardUp size={16} />
                </ActionIcon>
              </Tooltip>
              <Button
                variant="default"
                leftSection={<IconTag size={14} />}
                disabled={chosen.length === 0}
                onClick={() => setTagging(true)}
                data-testid="tag"
              >
                Tag
              </Button>
              <Button
                variant="default"
                leftSection={<IconTrash size={14} />}
                disabled={chosen.length === 0}
                onClick={() => void remove()}
                data-testid="episode-delete"
              >
                Delete{chosen.length > 1 ? ` ${chosen.length}` : ''}
              </Button>
            </Group>
          </div>
          <EpisodeTable
            rows={rows}
            shown={shown}
            picked={picked}
            onShow={(episode) => useUi.setState({ episode })}
            onPick={setPicked}
          />
          <Text size="xs" c="dimmed" px="sm" py={4} className="tabular">
            {rows.length === (all?.length ?? 0)
              ? formatCount(rows.length, 'episode')
              : `${rows.length} of ${formatCount(all?.length ?? 0, 'episode')}`}
            {picked.size > 0 ? `, ${picked.size} picked` : ''}
          </Text>
        </div>
      </Splitter.Pane>
      <Splitter.Pane defaultSize={52} min="380px">
        {detail ? (
          <EpisodeDetail key={detail.id} summary={detail} />
        ) : (
          <Empty title="Choose an episode on the left">
            Its 3D view, plots and events open here and move together.
          </Empty>
        )}
      </Splitter.Pane>
      <TagDialog
        opened={tagging}
        ids={chosen}
        tags={(all ?? []).find((e) => e.id === chosen[0])?.tags ?? []}
        onClose={() => setTagging(false)}
      />
    </Splitter>
  );
}
