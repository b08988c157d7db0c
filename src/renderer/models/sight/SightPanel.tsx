import { Text } from '@mantine/core';
import type { Evaluation } from '../../../shared/model';
import { sightOf, sightWords } from '../../../shared/sight';
import { channelColour } from '../../charts/colours';
import { LineChart, LineLegend } from '../../charts/LineChart';
import { Panel } from '../../ui/Panel';

/** How far a model that learned from pictures sees: what it shows of what is seen, and of what will be. */
export function SightPanel({ evaluation, periodSeconds }: { evaluation: Evaluation; periodSeconds: number }) {
  const sight = sightOf(evaluation);
  if (sight.length === 0) return null;
  const curve = { points: true, width: 2.25 };
  const lines = [
    { name: 'picture', colour: channelColour(0), values: sight.map(({ picture }) => picture), ...curve },
    { name: 'reward', colour: channelColour(1), values: sight.map(({ reward }) => reward), ...curve },
  ];
  return (
    <Panel title="How far it sees" testId="sight">
      <Text size="sm" mb={6} data-testid="sight-words">
        {sightWords(sight, periodSeconds)}
      </Text>
      <LineLegend lines={lines} />
      <div className="curve">
        <LineChart
          x={sight.map(({ horizon }) => horizon)}
          fromZero
          xLabel="steps ahead"
          yLabel="share explained (R²)"
          label="Share of the variance of picture and reward that is explained, by steps ahead"
          lines={lines}
        />
      </div>
    </Panel>
  );
}
