import { ActionIcon, Button, Group, Tooltip } from '@mantine/core';
import { IconArrowBackUp, IconArrowForwardUp, IconArrowsDiff, IconTag, IconTrash } from '@tabler/icons-react';
import { editHistory } from '../store/actions';
import { MergeButton } from './edit/MergeButton';
import { ExportButton } from './export/ExportButton';
import type { EpisodeList } from './list';

const HISTORY = [
  { direction: 'undo', label: 'Undo', keys: 'Ctrl Z', Icon: IconArrowBackUp },
  { direction: 'redo', label: 'Redo', keys: 'Ctrl Shift Z', Icon: IconArrowForwardUp },
] as const;

/** What can be done to the chosen episodes, and undone again. */
export function EpisodeActions({
  chosen,
  remove,
  compare,
  setPicked,
  onTag,
}: Pick<EpisodeList, 'chosen' | 'remove' | 'compare' | 'setPicked'> & { onTag: () => void }) {
  return (
    <Group gap={4} ml="auto" wrap="nowrap">
      {HISTORY.map(({ direction, label, keys, Icon }) => (
        <Tooltip key={direction} label={`${label} (${keys})`}>
          <ActionIcon
            variant="default"
            aria-label={label}
            onClick={() => void editHistory(direction)}
            data-testid={direction}
          >
            <Icon size={16} />
          </ActionIcon>
        </Tooltip>
      ))}
      {compare && (
        <Button
          variant="default"
          leftSection={<IconArrowsDiff size={14} />}
          onClick={compare}
          data-testid="compare"
        >
          Compare
        </Button>
      )}
      <ExportButton ids={chosen} />
      <MergeButton ids={chosen} onDone={() => setPicked(new Set())} />
      <Button
        variant="default"
        leftSection={<IconTag size={14} />}
        disabled={chosen.length === 0}
        onClick={onTag}
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
  );
}
