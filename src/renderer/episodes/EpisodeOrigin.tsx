import { Text } from '@mantine/core';
import type { EpisodeOrigin, EpisodeSummary } from '../../shared/episode';
import { originWords } from '../../shared/origin-words';
import { useEpisodeOrigin } from '../store/queries';
import { Problem } from '../ui/Messages';

/** What an episode was recorded with, folded away until somebody wants to know. */
export function EpisodeOriginDetails({ summary }: { summary: EpisodeSummary }) {
  const { data, error } = useEpisodeOrigin(summary.id);
  if (error) return <Problem error={error} />;
  if (!data) return null;
  return (
    <details className="detail-origin" data-testid="episode-origin">
      <summary>
        <Text span size="xs" c="dimmed">
          What it was recorded with
        </Text>
      </summary>
      <OriginLines origin={data} />
    </details>
  );
}

export function OriginLines({ origin }: { origin: EpisodeOrigin }) {
  return originWords(origin).map((line) => (
    <Text key={line} size="xs">
      {line}
    </Text>
  ));
}
