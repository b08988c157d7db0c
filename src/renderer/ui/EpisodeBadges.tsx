import { Badge } from '@mantine/core';
import type { ListedEpisode } from '../../shared/episode-list';
import { flagsOf } from './episode-flags';

/** `compact` shows the worst flag and how many more there are, for rows of a list. */
export function EpisodeBadges({ episode, compact = false }: { episode: ListedEpisode; compact?: boolean }) {
  const flags = flagsOf(episode);
  const shown = compact ? flags.slice(0, 1) : flags;
  const rest = flags.slice(shown.length);
  return (
    <span className="badges">
      {shown.map((flag) => (
        <Badge key={flag.text} size="xs" variant="light" color={flag.colour} title={flag.why}>
          {flag.text}
        </Badge>
      ))}
      {rest.length > 0 && (
        <Badge size="xs" variant="light" color="gray" title={rest.map((flag) => flag.text).join(', ')}>
          +{rest.length}
        </Badge>
      )}
    </span>
  );
}
