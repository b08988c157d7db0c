import { Button, Slider, Text } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { ListedEpisode } from '../../shared/episode-list';
import type { EpisodeWindow } from '../../shared/episode-window';
import { LineLegend } from '../charts/LineChart';
import { useRig } from '../store/queries';
import { useChannelTitles } from '../ui/ChannelName';
import { endingWords } from '../ui/episode-ending';
import { formatNumber } from '../ui/format';
import { Empty, Problem } from '../ui/Messages';
import { COLOURS, ComparisonPlots } from './ComparisonPlots';
import { useComparedLook } from './compared-look';
import { comparison, type Two } from './comparison';
import { preparingWords, useWhole } from './look';
import { ZoomButtons } from './TimeLine';

/** Two episodes on one time axis, each from its start. */
export function EpisodeComparison({ pair, onClose }: { pair: Two<ListedEpisode>; onClose: () => void }) {
  const [a, b] = [useWhole(pair[0]), useWhole(pair[1])];
  const failed = [a, b].find(({ error }) => error);
  const waiting = [a, b].find(({ view }) => !view);
  return (
    <div className="pane detail" data-testid="episode-comparison">
      <div className="detail-head">
        <Text fw={600} className="tabular">
          Episodes {pair[0].id} and {pair[1].id}
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
      {failed ? (
        <Problem error={failed.error} retry={failed.retry} />
      ) : a.view && b.view ? (
        <Compared wholes={[a.view, b.view]} />
      ) : (
        <Empty title={preparingWords(waiting?.share ?? null)} />
      )}
    </div>
  );
}

function Compared({ wholes }: { wholes: Two<EpisodeWindow> }) {
  const [a, b] = [wholes[0].summary, wholes[1].summary];
  const look = useComparedLook(wholes);
  const titleOf = useChannelTitles(a.rig);
  const { channels, differences } = comparison(a, b, titleOf);
  const lines = [useLegend(a, 0), useLegend(b, 1)];
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
        <Empty compact title="These two have no channel in common." />
      ) : (
        <>
          <div className="scrub-row">
            <Slider
              flex={1}
              label={null}
              {...{ min: 0, max: look.all.to, step: Math.min(a.periodSeconds, b.periodSeconds) }}
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
function useLegend(summary: ListedEpisode, side: 0 | 1) {
  const task = useRig(summary.rig).data?.file.task;
  const reward = summary.return === null ? 'not known' : formatNumber(summary.return, 5);
  return {
    name: `Episode ${summary.id}: ended: ${endingWords(summary, task)}; return: ${reward}`,
    colour: COLOURS[side],
  };
}
