import { MultiSelect, SegmentedControl, Table, Text } from '@mantine/core';
import { useState } from 'react';
import type { Evaluation, ModelSummary } from '../../shared/model';
import { beatsTrivial, trivialError } from '../../shared/verdict';
import { channelColour } from '../charts/colours';
import { LineChart, LineLegend } from '../charts/LineChart';
import { useModels } from '../store/queries';
import { ChannelName } from '../ui/ChannelName';
import { Folded } from '../ui/Folded';
import { formatNumber, withUnit } from '../ui/format';
import { Panel } from '../ui/Panel';
import { betterWords } from './words';

const LAST = '#8b95a3';
const VELOCITY = '#b58a3c';

/** k-step errors of every channel beside the two trivial predictors, as charts or as a table. */
export function EvaluationView({
  model,
  evaluation,
  tested,
  periodSeconds,
}: {
  model: ModelSummary;
  evaluation: Evaluation;
  /** Judged on steps that are new to the model: without that nothing is green. */
  tested: boolean;
  periodSeconds: number;
}) {
  const [as, setAs] = useState<'chart' | 'table'>('chart');
  const [compared, setCompared] = useState<string[]>([]);
  const comparable = useComparable(model);
  const others = comparable.filter(({ hash }) => compared.includes(hash));
  const only = (what: 'reward' | 'latent'): Evaluation => ({
    ...evaluation,
    channels: evaluation.channels.filter(({ name }) => (name === 'reward') === (what === 'reward')),
  });
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
        <>
          {comparable.length > 0 && (
            <MultiSelect
              size="xs"
              mb={6}
              clearable
              placeholder={compared.length === 0 ? 'Compare with other models of these channels' : ''}
              data={comparable.map((m) => ({ value: m.hash, label: `${m.name} (${m.hash.slice(0, 6)})` }))}
              value={compared}
              onChange={setCompared}
              aria-label="Compare with"
              data-testid="compare-models"
            />
          )}
          {model.eyes ? (
            <>
              {/* A latent state's numbers mean nothing by themselves. */}
              <Charts model={model} evaluation={only('reward')} tested={tested} others={others} />
              <Folded title="Latent numbers" summary={`${model.eyes.latent}, of no meaning of their own`}>
                <Charts model={model} evaluation={only('latent')} tested={tested} others={others} />
              </Folded>
            </>
          ) : (
            <Charts model={model} evaluation={evaluation} tested={tested} others={others} />
          )}
        </>
      ) : (
        <ErrorTable rig={model.rig} evaluation={evaluation} tested={tested} periodSeconds={periodSeconds} />
      )}
    </Panel>
  );
}

/** Other models with a verdict on the same channels. */
function useComparable(model: ModelSummary): ModelSummary[] {
  const models = useModels();
  const channels = ({ observations }: ModelSummary) => observations.map(({ name }) => name).join();
  return (models.data ?? []).filter(
    (other) => other.hash !== model.hash && other.evaluation !== null && channels(other) === channels(model),
  );
}

/** Colours of the compared models; a channel's own colour is the model's that is looked at. */
const otherColour = (index: number): string => channelColour(index + 3);

function Charts({
  model: { name, rig },
  evaluation,
  tested,
  others,
}: {
  model: Pick<ModelSummary, 'name' | 'rig'>;
  evaluation: Evaluation;
  /** Judged on steps that are new to the model: without that nothing is green. */
  tested: boolean;
  others: ModelSummary[];
}) {
  const legend = [
    { name: others.length > 0 ? name : 'model', colour: 'var(--legend-solid)' },
    ...others.map((other, i) => ({ name: other.name, colour: otherColour(i) })),
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
          return (
            <div key={channel.name} className="multiple">
              <div className="strip-head">
                <span className="swatch" style={{ background: channelColour(i) }} />
                <ChannelName rig={rig} name={channel.name} className="strip-name" />
                <span className="strip-unit">
                  {tested ? betterWords(beatsTrivial(evaluation, channel)) : 'not tested'}
                </span>
              </div>
              <LineChart
                x={measured.map((m) => m.horizon)}
                logX={measured.length > 1}
                logY
                xLabel="steps ahead"
                yLabel={withUnit('error', ['', '1'].includes(channel.unit) ? '' : `(${channel.unit})`)}
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
                  ...others.map((other, o) => ({
                    name: other.name,
                    colour: otherColour(o),
                    values: measured.map(({ horizon }) => errorAt(other, channel.name, horizon)),
                    points: true,
                  })),
                  {
                    name,
                    colour: channelColour(i),
                    values: at(channel.error),
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

/** Error of another model's verdict at the same horizon, where it was measured. */
function errorAt({ evaluation }: ModelSummary, channel: string, horizon: number): number | null {
  const index = evaluation?.horizons.indexOf(horizon) ?? -1;
  return evaluation?.channels.find(({ name }) => name === channel)?.error[index] ?? null;
}

function ErrorTable({
  rig,
  evaluation,
  tested,
  periodSeconds,
}: {
  rig: string;
  evaluation: Evaluation;
  tested: boolean;
  periodSeconds: number;
}) {
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
                      <ChannelName rig={rig} name={channel.name} />
                      {!['', '1'].includes(channel.unit) && <span className="faint">({channel.unit})</span>}
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
                    <Table.Td
                      key={h}
                      ta="right"
                      data-tone={better && tested ? 'good' : worse ? 'bad' : undefined}
                    >
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
