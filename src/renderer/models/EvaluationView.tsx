import { SegmentedControl, Table, Text } from '@mantine/core';
import { useState } from 'react';
import type { Evaluation } from '../../shared/model';
import { channelColour } from '../charts/colours';
import { LineChart, LineLegend } from '../charts/LineChart';
import { formatNumber, withUnit } from '../ui/format';
import { Panel } from '../ui/Panel';
import { type ChannelVerdict, trivialError } from './verdict';

const LAST = '#8b95a3';
const VELOCITY = '#b58a3c';

/** k-step errors of every channel beside the two trivial predictors, as charts or as a table. */
export function EvaluationView({
  evaluation,
  verdicts,
  periodSeconds,
}: {
  evaluation: Evaluation;
  verdicts: ChannelVerdict[];
  periodSeconds: number;
}) {
  const [as, setAs] = useState<'chart' | 'table'>('chart');
  return (
    <Panel
      title="Error by steps ahead"
      aside={
        <SegmentedControl
          value={as}
          onChange={(value) => setAs(value as typeof as)}
          data={[
            { value: 'chart', label: 'Charts' },
            { value: 'table', label: 'Table' },
          ]}
          data-testid="evaluation-as"
        />
      }
      testId="evaluation"
    >
      {as === 'chart' ? (
        <Charts evaluation={evaluation} verdicts={verdicts} />
      ) : (
        <ErrorTable evaluation={evaluation} periodSeconds={periodSeconds} />
      )}
    </Panel>
  );
}

function Charts({ evaluation, verdicts }: { evaluation: Evaluation; verdicts: ChannelVerdict[] }) {
  const legend = [
    { name: 'model', colour: 'var(--legend-solid)' },
    { name: 'nothing changes', colour: LAST, dash: [6, 4] },
    { name: 'the last change repeats', colour: VELOCITY, dash: [2, 3] },
  ];
  // Horizons that no episode was long enough for have no place on the axis.
  const measured = evaluation.horizons.flatMap((horizon, i) =>
    evaluation.channels.some((c) => c.error[i] !== null || c.last[i] !== null) ? [{ horizon, i }] : [],
  );
  const at = (values: readonly (number | null)[]) => measured.map(({ i }) => values[i] ?? null);
  return (
    <>
      <LineLegend lines={legend} />
      <div className="small-multiples">
        {evaluation.channels.map((channel, i) => {
          const found = verdicts.find((v) => v.name === channel.name);
          return (
            <div key={channel.name} className="multiple">
              <div className="strip-head">
                <span className="swatch" style={{ background: channelColour(i) }} />
                <span className="strip-name">{channel.name}</span>
                <span className="strip-unit">
                  {found && found.measured > 0
                    ? found.trusted === 0
                      ? 'not better than a guess'
                      : found.trusted === found.measured
                        ? `better up to ${found.trusted} steps (all measured)`
                        : `better up to ${found.trusted} steps`
                    : 'not measured'}
                </span>
              </div>
              <LineChart
                x={measured.map((m) => m.horizon)}
                logX={measured.length > 1}
                fromZero
                xLabel="steps ahead"
                yLabel={withUnit('error', channel.unit === '1' ? '' : `(${channel.unit})`)}
                label={`Prediction error of ${channel.name} by steps ahead`}
                lines={[
                  {
                    name: 'nothing changes',
                    colour: LAST,
                    values: at(channel.last),
                    dash: [6, 4],
                    points: true,
                  },
                  {
                    name: 'the last change repeats',
                    colour: VELOCITY,
                    values: at(channel.velocity),
                    dash: [2, 3],
                    points: true,
                  },
                  {
                    name: 'model',
                    colour: channelColour(i),
                    values: channel.error,
                    width: 2.25,
                    points: true,
                  },
                ]}
              />
            </div>
          );
        })}
      </div>
    </>
  );
}

function ErrorTable({ evaluation, periodSeconds }: { evaluation: Evaluation; periodSeconds: number }) {
  return (
    <div className="scroll-x">
      <Table verticalSpacing={4} className="tabular" data-testid="evaluation-table">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Channel</Table.Th>
            <Table.Th>Predictor</Table.Th>
            {evaluation.horizons.map((h) => (
              <Table.Th key={h} ta="right">
                {h}
                <Text size="xs" c="dimmed" fw={400} style={{ whiteSpace: 'nowrap' }}>
                  {`${Number((h * periodSeconds).toPrecision(3))} s`}
                </Text>
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {evaluation.channels.flatMap((channel, c) =>
            (['error', 'last', 'velocity'] as const).map((kind) => (
              <Table.Tr key={`${channel.name} ${kind}`} data-first={kind === 'error'}>
                <Table.Td>
                  {kind === 'error' && (
                    <span className="row-tight">
                      <span className="swatch" style={{ background: channelColour(c) }} />
                      {withUnit(channel.name, channel.unit === '1' ? '' : `(${channel.unit})`)}
                    </span>
                  )}
                </Table.Td>
                <Table.Td>
                  <Text
                    size="xs"
                    c={kind === 'error' ? undefined : 'dimmed'}
                    fw={kind === 'error' ? 600 : 400}
                  >
                    {{ error: 'model', last: 'nothing changes', velocity: 'last change repeats' }[kind]}
                  </Text>
                </Table.Td>
                {evaluation.horizons.map((h, i) => {
                  const value = channel[kind][i] ?? null;
                  const trivial = trivialError(channel, i);
                  const better = kind === 'error' && value !== null && trivial !== null && value < trivial;
                  const worse = kind === 'error' && value !== null && trivial !== null && value >= trivial;
                  return (
                    <Table.Td key={h} ta="right" data-tone={better ? 'good' : worse ? 'bad' : undefined}>
                      {formatNumber(value, 3)}
                    </Table.Td>
                  );
                })}
              </Table.Tr>
            )),
          )}
          <Table.Tr>
            <Table.Td colSpan={2}>
              <Text size="xs" c="dimmed">
                Start points averaged over
              </Text>
            </Table.Td>
            {evaluation.samples.map((n, i) => (
              <Table.Td key={evaluation.horizons[i] ?? i} ta="right">
                <Text size="xs" c="dimmed">
                  {n}
                </Text>
              </Table.Td>
            ))}
          </Table.Tr>
        </Table.Tbody>
      </Table>
    </div>
  );
}
