import { ActionIcon, Button, Group, Menu, Tooltip } from '@mantine/core';
import { IconArrowBackUp, IconArrowForwardUp } from '@tabler/icons-react';
import { OUTCOMES } from '../../shared/episode';
import { editHistory } from '../store/actions';
import { groupDigits } from '../ui/format';
import { MergeButton } from './edit/MergeButton';
import { ExportButton } from './export/ExportButton';
import type { EpisodeList } from './list';
import { MOST_COMPARED } from './selection';

const HISTORY = [
  { direction: 'undo', label: 'Undo', keys: 'Ctrl Z', Icon: IconArrowBackUp },
  { direction: 'redo', label: 'Redo', keys: 'Ctrl Shift Z', Icon: IconArrowForwardUp },
] as const;

/** What can be done to the chosen episodes, and undone again. */
export function EpisodeActions({ list, onTag }: { list: EpisodeList; onTag: () => void }) {
  const { chosen, count, compare } = list;
  const disabled = chosen === null;
  return (
    <Group gap={4} wrap="wrap">
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
      <Button
        variant="default"
        px={8}
        disabled={disabled}
        onClick={() => void list.star()}
        data-testid="star-chosen"
      >
        Star
      </Button>
      <Menu position="bottom-start">
        <Menu.Target>
          <Button variant="default" px={8} disabled={disabled} data-testid="judge">
            Outcome
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {OUTCOMES.map((outcome) => (
            <Menu.Item
              key={outcome}
              onClick={() => void list.judge(outcome)}
              data-testid={`judge-${outcome}`}
            >
              {outcome}
            </Menu.Item>
          ))}
          <Menu.Item onClick={() => void list.judge(null)} data-testid="judge-none">
            not judged
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Button variant="default" px={8} disabled={disabled} onClick={onTag} data-testid="tag">
        Tag
      </Button>
      <Button
        variant="default"
        px={8}
        disabled={compare === undefined}
        title={`Lays ${MOST_COMPARED} picked episodes at most over each other`}
        onClick={compare}
        data-testid="compare"
      >
        Compare
      </Button>
      <ExportButton disabled={disabled} numbers={list.chosenNumbers} />
      <MergeButton ids={chosen?.ids ?? []} onDone={list.clear} />
      <Button
        variant="default"
        px={8}
        disabled={disabled}
        onClick={() => void list.remove()}
        data-testid="episode-delete"
      >
        Delete{count > 1 ? ` ${groupDigits(count)}` : ''}
      </Button>
    </Group>
  );
}
