import { Anchor, Text } from '@mantine/core';
import { Fragment } from 'react';
import type { EpisodeSummary } from '../../../shared/episode';
import { useUi } from '../../store/ui-state';
import { groupDigits } from '../../ui/format';

/** So many parts are named; more are counted. */
const MOST_NAMED = 6;

/** What a trimmed, split or merged episode is made of, each recording a way to it; nothing of a recording. */
export function EpisodeParts({ summary: { parts } }: { summary: Pick<EpisodeSummary, 'parts'> }) {
  if (parts.length === 0) return null;
  const named = parts.slice(0, MOST_NAMED);
  return (
    <Text size="xs" c="dimmed" data-testid="episode-parts">
      Made of{' '}
      {named.map(({ episode, from, to }, i) => (
        <Fragment key={`${episode} ${from}`}>
          {i > 0 && (i === parts.length - 1 ? ' and ' : ', ')}
          steps {groupDigits(from)} to {groupDigits(to - 1)} of{' '}
          <Anchor
            component="button"
            type="button"
            size="xs"
            onClick={() => useUi.setState({ episode, episodeRow: from })}
            data-testid={`part-${episode}`}
          >
            recording {episode}
          </Anchor>
        </Fragment>
      ))}
      {parts.length > named.length && ` and ${parts.length - named.length} more parts`}. What was recorded
      stays as it is.
    </Text>
  );
}
