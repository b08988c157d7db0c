import { Text } from '@mantine/core';
import type { Evaluation } from '../../../shared/model';
import { readOffOf, sightOf, sightWords, unseenWords } from '../../../shared/sight';
import { channelColour } from '../../charts/colours';
import { LineChart, LineLegend } from '../../charts/LineChart';
import { useChannelTitles } from '../../ui/ChannelName';
import { Panel } from '../../ui/Panel';

/** How far a model that learned from pictures sees: what it shows of what is seen, and of what will be, and what it knows of the rig. */
export function SightPanel({
  rig,
  evaluation,
  periodSeconds,
}: {
  rig: string;
  evaluation: Evaluation;
  periodSeconds: number;
}) {
  const titleOf = useChannelTitles(rig);
  const sight = sightOf(evaluation);
  if (sight.length === 0) return null;
  const channels = readOffOf(evaluation);
  const horizons = sight.map(({ horizon }) => horizon);
  const curve = { points: true, width: 2.25 };
  return (
    <Panel title="How far it sees" testId="sight">
      <Text size="sm" mb={6} data-testid="sight-words">
        {sightWords(sight, periodSeconds)} {unseenWords(channels, titleOf)}
      </Text>
      <div className="report-pair">
        <Shares
          label="Share of the variance of picture and reward that is explained, by steps ahead"
          horizons={horizons}
          lines={[
            {
              name: 'picture',
              colour: channelColour(0),
              values: sight.map(({ picture }) => picture),
              ...curve,
            },
            { name: 'reward', colour: channelColour(1), values: sight.map(({ reward }) => reward), ...curve },
          ]}
        />
        {channels.length > 0 && (
          <Shares
            label="Share of the variance of the rig's channels that is read off the state, by steps ahead"
            horizons={horizons}
            lines={channels.map(({ name, explained }, i) => ({
              ...{ name: `${titleOf(name)}, read off its state`, colour: channelColour(i + 2) },
              ...{ values: explained, ...curve },
            }))}
          />
        )}
      </div>
    </Panel>
  );
}

function Shares({
  label,
  horizons,
  lines,
}: {
  label: string;
  horizons: number[];
  lines: (Parameters<typeof LineLegend>[0]['lines'][number] & { values: readonly (number | null)[] })[];
}) {
  return (
    <div>
      <LineLegend lines={lines} />
      <div className="curve">
        <LineChart
          x={horizons}
          fromZero
          xLabel="steps ahead"
          yLabel="share explained (R²)"
          label={label}
          lines={lines}
        />
      </div>
    </div>
  );
}
