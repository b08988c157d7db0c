import { Button, Slider, Text } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { EpisodeSummary } from '../../shared/episode';
import type { EpisodeWindow } from '../../shared/episode-window';
import { LineLegend } from '../charts/LineChart';
import { useEpisodesByNumber } from '../store/episode-lists';
import { useAllPrepared, useEpisodeWindows, useRigsOf } from '../store/queries';
import { useChannelTitles } from '../ui/ChannelName';
import { endingWords } from '../ui/episode-ending';
import { formatNumber } from '../ui/format';
import { Empty, Problem } from '../ui/Messages';
import { ComparisonPlots, episodeColour, listOf } from './ComparisonPlots';
import { useComparedLook } from './compared-look';
import { comparison } from './comparison';
import { POINTS, preparingWords, stampOf } from './look';
import { ZoomButtons } from './TimeLine';

/** Two episodes or a few on one time axis, each from its start. */
export function EpisodeComparison({ ids, onClose }: { ids: readonly number[]; onClose: () => void }) {
  const { wholes, error, retry } = useWholes(ids);
  return (
    <div className="pane detail" data-testid="episode-comparison">
      <div className="detail-head">
        <Text fw={600} className="tabular">
          Episodes {listOf(ids)}
        </Text>
        <Button
          variant="default"
          ml="auto"
          leftSection={<IconX size={14} />}
          onClick={onClose}
          data-testid="comparison-close"
        >
          Close comparison
        </Button>
      </div>
      {error ? (
        <Problem error={error} retry={retry} />
      ) : wholes ? (
        <Compared wholes={wholes} />
      ) : (
        <Empty title={preparingWords(null)} />
      )}
    </div>
  );
}

/** All of each; long ones that were never looked at are gone through first. */
function useWholes(ids: readonly number[]) {
  const found = useEpisodesByNumber(ids);
  const episodes = (found.data ?? []).map((episode) => ({ id: episode.id, stamp: stampOf(episode) }));
  const prepared = useAllPrepared(episodes);
  const views = useEpisodeWindows(
    episodes.map((episode, i) => ({
      ...episode,
      ...{ span: null, points: POINTS, enabled: prepared[i]?.data === true },
    })),
  );
  const wholes = views.flatMap(({ data }) => data ?? []);
  const failed = [found, ...prepared, ...views].find(({ error }) => error);
  return {
    wholes: wholes.length === ids.length ? wholes : undefined,
    error: failed?.error,
    retry: () => void failed?.refetch(),
  };
}

function Compared({ wholes }: { wholes: readonly EpisodeWindow[] }) {
  const episodes = wholes.map(({ summary }) => summary);
  const look = useComparedLook(wholes);
  const titleOf = useChannelTitles(episodes[0]?.rig ?? '');
  const { channels, differences } = comparison(episodes, titleOf);
  const lines = useLegend(episodes);
  return (
    <>
      <div className="detail-legend" data-testid="comparison-legend">
        <LineLegend lines={lines} />
      </div>
      {differences.map((difference) => (
        <Text key={difference} size="xs" c="dimmed" data-testid="comparison-difference">
          {difference}
        </Text>
      ))}
      {channels.length === 0 ? (
        <Empty compact title="They have no channel in common." />
      ) : (
        <>
          <div className="scrub-row">
            <Slider
              flex={1}
              label={null}
              {...{ min: 0, max: look.all.to }}
              step={Math.min(...episodes.map(({ periodSeconds }) => periodSeconds))}
              value={look.second}
              onChange={look.pick}
              thumbLabel="Moment since each began, seconds"
              data-testid="comparison-moment"
            />
            <ZoomButtons {...look} />
            <Text size="xs" className="tabular scrub-time">
              {look.second.toFixed(2)} s
            </Text>
          </div>
          <ComparisonPlots look={look} channels={channels} />
        </>
      )}
    </>
  );
}

/** Which curve is whose, and what came of it. */
function useLegend(episodes: readonly EpisodeSummary[]) {
  const rigs = useRigsOf(episodes.map(({ rig }) => rig));
  return episodes.map((summary, side) => {
    const reward = summary.return === null ? 'not known' : formatNumber(summary.return, 5);
    const ended = endingWords(summary, rigs[side]?.data?.file.task);
    return {
      name: `Episode ${summary.id}: ended: ${ended}; return: ${reward}`,
      colour: episodeColour(side),
    };
  });
}
