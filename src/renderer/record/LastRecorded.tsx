import { Progress, Text } from '@mantine/core';
import { EPISODE_STATES } from '../../shared/episode';
import type { RigFile } from '../../shared/rig';
import { WANTED_TRANSITIONS } from '../../shared/task';
import { useEpisodeOverview, useEpisodePage } from '../store/episode-lists';
import { useUi } from '../store/ui-state';
import { EpisodeBadges } from '../ui/EpisodeBadges';
import { endingWords } from '../ui/episode-ending';
import { formatCount, formatNumber, formatTime, groupDigits } from '../ui/format';
import { Panel } from '../ui/Panel';

/** How much there is of this rig against what is wanted, and its newest episodes, a click from the episode. */
export function LastRecorded({ rig }: { rig: RigFile }) {
  const overview = useEpisodeOverview().data;
  const states = EPISODE_STATES.filter((state) => state !== 'recording');
  const page = useEpisodePage({ rig: rig.name, states, limit: 5 }).data;
  const newest = page?.asked.rig === rig.name ? page.episodes : undefined;
  return (
    <Panel title="Recorded">
      {overview && (
        <HowMuch
          transitions={overview.rigs.find(({ name }) => name === rig.name)?.steps ?? 0}
          wanted={rig.task.wantedTransitions ?? WANTED_TRANSITIONS}
        />
      )}
      {!newest ? null : newest.length === 0 ? (
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
              <span className="list-note tabular">{endingWords(episode, rig.task)}</span>
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

function HowMuch({ transitions, wanted }: { transitions: number; wanted: number }) {
  const enough = transitions >= wanted;
  return (
    <div className="how-much">
      <Text size="xs" className="tabular" data-testid="recorded-transitions">
        {groupDigits(transitions)} of {groupDigits(wanted)} transitions that a first model wants
        {enough ? ': enough to train.' : '.'}
      </Text>
      <Progress
        value={Math.min(100, (100 * transitions) / wanted)}
        size="sm"
        my={4}
        color={enough ? 'teal' : 'indigo'}
        aria-label="Recorded of what is wanted"
      />
    </div>
  );
}
