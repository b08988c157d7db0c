import { ActionIcon, Tooltip } from '@mantine/core';
import { IconArrowsSplit2, IconCrop } from '@tabler/icons-react';
import type { EpisodeSummary } from '../../../shared/episode';
import { groupDigits } from '../../ui/format';
import { splitEpisode } from './edits';
import { editProblem, splitProblem } from './kept-part';

/** Cuts an episode: to a part of it, or in two at the row that is looked at. */
export function EditButtons({
  summary,
  row,
  trimming,
  onTrim,
}: {
  summary: EpisodeSummary;
  row: number;
  trimming: boolean;
  onTrim: () => void;
}) {
  const noTrim = editProblem(summary);
  const noSplit = splitProblem(summary, row);
  const buttons = [
    {
      label: 'Trim',
      words: noTrim ?? 'Trim: keep a part of it',
      Icon: IconCrop,
      act: onTrim,
      off: noTrim,
      id: 'trim',
    },
    {
      ...{ label: 'Split', words: noSplit ?? `Split in two at step ${groupDigits(row)}` },
      ...{ Icon: IconArrowsSplit2, act: () => void splitEpisode(summary, row), off: noSplit, id: 'split' },
    },
  ];
  return buttons.map(({ label, words, Icon, act, off, id }) => (
    <Tooltip key={id} label={words}>
      <ActionIcon
        variant={id === 'trim' && trimming ? 'light' : 'default'}
        aria-label={label}
        {...(id === 'trim' && { 'aria-pressed': trimming })}
        // A button that says why it cannot be pressed has to be reached.
        data-disabled={off !== null || undefined}
        aria-disabled={off !== null}
        onClick={() => off === null && act()}
        data-testid={id}
      >
        <Icon size={16} />
      </ActionIcon>
    </Tooltip>
  ));
}
