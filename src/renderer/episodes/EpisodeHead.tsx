import { Badge, Text } from '@mantine/core';
import type { ListedEpisode } from '../../shared/episode-list';
import { useRig } from '../store/queries';
import { EpisodeBadges } from '../ui/EpisodeBadges';
import { endingWords } from '../ui/episode-ending';
import { formatDuration, formatNumber, groupDigits } from '../ui/format';
import { Stat } from '../ui/Panel';
import { EpisodeJudgement } from './edit/EpisodeJudgement';

/** Which episode it is, and what came of it. */
export function EpisodeHead({ summary }: { summary: ListedEpisode }) {
  const rig = useRig(summary.rig);
  return (
    <>
      <div className="detail-head">
        <Text fw={600} className="tabular">
          Episode {summary.id}
        </Text>
        <Badge size="sm" variant="light" color={summary.state === 'complete' ? 'teal' : 'orange'}>
          {summary.state}
        </Badge>
        <EpisodeBadges episode={{ ...summary, state: 'complete' }} />
        <span className="detail-judgement">
          <EpisodeJudgement summary={summary} />
        </span>
      </div>
      <div className="stats stats-row">
        <Stat name="Rig" value={summary.rig} />
        <Stat name="Source" value={summary.source} />
        <Stat name="Steps" value={groupDigits(summary.steps)} />
        <Stat name="Duration" value={formatDuration(summary.durationSeconds)} />
        <Stat
          name="Return"
          value={summary.return === null ? 'not known' : formatNumber(summary.return, 5)}
          testId="episode-return"
        />
        <Stat name="Ended" value={endingWords(summary, rig.data?.file.task)} />
      </div>
    </>
  );
}
