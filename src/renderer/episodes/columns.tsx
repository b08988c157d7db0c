import { Badge } from '@mantine/core';
import type { ReactNode } from 'react';
import type { EpisodeOrder, ListedEpisode } from '../../shared/episode-list';
import { EpisodeBadges } from '../ui/EpisodeBadges';
import { formatDuration, formatNumber, formatTime, formatWhen, groupDigits } from '../ui/format';
import { OutcomeCell, StarCell } from './MarkCells';

/** A column of the list. */
export interface Column {
  id: string;
  head: string;
  /** What its head says to those who do not see it, where that is no word. */
  title?: string;
  /** The order that its head asks for. */
  order?: EpisodeOrder;
  width: number;
  right?: boolean;
  /** Takes what room there is. */
  wide?: boolean;
  /** @param active it is the row that is looked at, whose controls Tab reaches */
  cell(episode: ListedEpisode, active: boolean): ReactNode;
}

/** What a person changes in the row comes first: in view however narrow the list is, and never in the middle of a row. */
export const COLUMNS: readonly Column[] = [
  { id: 'id', head: '#', title: 'Number', order: 'number', width: 46, cell: ({ id }) => id },
  {
    ...{ id: 'starred', head: '★', title: 'Favourite', width: 34 },
    cell: (episode, active) => <StarCell episode={episode} active={active} />,
  },
  {
    ...{ id: 'outcome', head: 'Outcome', width: 88 },
    cell: (episode, active) => <OutcomeCell episode={episode} active={active} />,
  },
  {
    ...{ id: 'startedAt', head: 'Recorded', order: 'start', width: 84 },
    cell: ({ startedAt }) => <span title={formatTime(startedAt)}>{formatWhen(startedAt, Date.now())}</span>,
  },
  { id: 'rig', head: 'Rig', width: 88, cell: ({ rig }) => rig },
  {
    ...{ id: 'steps', head: 'Steps', order: 'steps', width: 52, right: true },
    cell: ({ steps }) => groupDigits(steps),
  },
  {
    ...{ id: 'return', head: 'Return', order: 'return', width: 72, right: true },
    cell: (episode) => formatNumber(episode.return, 4),
  },
  {
    ...{ id: 'flags', head: 'Notes', width: 90, wide: true },
    cell: (episode) => (
      <span className="badges">
        <EpisodeBadges episode={episode} compact />
        {episode.tags.map((tag) => (
          <Badge key={tag} size="xs" variant="outline" color="gray" tt="none">
            {tag}
          </Badge>
        ))}
      </span>
    ),
  },
  {
    ...{ id: 'duration', head: 'Time', order: 'duration', width: 58, right: true },
    cell: ({ durationSeconds }) => formatDuration(durationSeconds),
  },
  { id: 'source', head: 'Source', width: 66, cell: ({ source }) => source },
];
