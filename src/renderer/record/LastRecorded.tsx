import { Text } from '@mantine/core';
import { useEpisodes } from '../store/queries';
import { useUi } from '../store/ui-state';
import { EpisodeBadges } from '../ui/EpisodeBadges';
import { formatCount, formatNumber, formatTime } from '../ui/format';
import { Panel } from '../ui/Panel';

/** The newest episodes of this rig, a click from the episode. */
export function LastRecorded({ rig }: { rig: string }) {
  const episodes = useEpisodes();
  const last = (episodes.data ?? []).filter((e) => e.rig === rig && e.state !== 'recording').slice(-50);
  const newest = [...last].sort((a, b) => b.id - a.id).slice(0, 5);
  return (
    <Panel title="Last recorded">
      {!episodes.data ? null : newest.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing yet. Press R to record the first episode.
        </Text>
      ) : (
        <div className="list" data-testid="last-recorded">
          {newest.map((episode) => (
            <button
              key={episode.id}
              type="button"
              className="list-entry"
              onClick={() => useUi.setState({ room: 'episodes', episode: episode.id })}
            >
              <span className="list-title tabular">
                Episode {episode.id} · {formatCount(episode.steps, 'step')}
              </span>
              <span className="list-note tabular">
                {formatTime(episode.startedAt)} · return {formatNumber(episode.return, 4)}
              </span>
              <EpisodeBadges episode={episode} />
            </button>
          ))}
        </div>
      )}
    </Panel>
  );
}
