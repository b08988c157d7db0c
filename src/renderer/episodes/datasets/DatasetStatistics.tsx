import { Button, Group, NativeSelect, Progress, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { type DatasetSummary, SPLITS, type Split } from '../../../shared/dataset';
import type { ChannelStatistics, Survey } from '../../../shared/survey';
import { CoverageMap } from '../../ui/CoverageMap';
import { formatCount, formatDuration, formatNumber } from '../../ui/format';
import { Problem } from '../../ui/Messages';
import { useSurvey } from './use-datasets';

/** What the channels of a data set, or of one of its splits, go over, and how much of two of them together was visited. */
export function DatasetStatistics({ dataset: { id, splits } }: { dataset: DatasetSummary }) {
  const { state, start, cancel } = useSurvey();
  const [of, setOf] = useState<Split | 'all'>('all');
  const [known, setKnown] = useState<{ survey: Survey; of: Split | 'all' } | null>(null);
  if (state.kind === 'done' && state.survey !== known?.survey) setKnown({ survey: state.survey, of });
  const ask = (coverage?: [string, string]) =>
    void start({ dataset: id, split: of === 'all' ? undefined : of, coverage });
  const parts = ['all', ...SPLITS.filter((split) => splits[split].episodes > 0)];
  return (
    <Stack gap="xs">
      {state.kind === 'reading' ? (
        <Group gap="xs" wrap="nowrap">
          <Progress value={100 * state.share} flex={1} aria-label="How far the data was read" />
          <Button variant="default" size="compact-sm" onClick={cancel}>
            Stop
          </Button>
        </Group>
      ) : (
        <Group gap="xs" align="flex-end">
          <NativeSelect
            label="Statistics of"
            data={parts}
            value={of}
            onChange={(event) => setOf(event.currentTarget.value as Split | 'all')}
            data-testid="survey-of"
          />
          <Button
            variant="default"
            disabled={known?.of === of}
            onClick={() => ask()}
            data-testid="dataset-survey"
          >
            Statistics
          </Button>
        </Group>
      )}
      {state.kind === 'failed' && <Problem error={state.error} />}
      {known && known.of === of && (
        <Statistics key={known.of} survey={known.survey} onPair={(coverage) => ask(coverage)} />
      )}
    </Stack>
  );
}

export function Statistics({ survey, onPair }: { survey: Survey; onPair: (pair: [string, string]) => void }) {
  const names = survey.channels.map(({ name }) => name);
  const [one, setOne] = useState(survey.coverage?.channels[0] ?? names[0] ?? '');
  const [other, setOther] = useState(survey.coverage?.channels[1] ?? names[1] ?? names[0] ?? '');
  const { rows, seconds, rate, returns } = survey;
  return (
    <>
      <Text size="xs" data-testid="survey-words">
        {formatCount(rows, 'row')} over {formatDuration(seconds)}
        {rate !== null && `, ${formatNumber(rate, 3)} a second`}
        {returns !== null &&
          `; return ${formatNumber(returns.mean)} on average, ${formatNumber(returns.least)} to ${formatNumber(returns.most)}`}
        .
      </Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="dataset-scroll" tabIndex={0} aria-label="Statistics of channels">
        <table className="dataset-table" data-testid="survey-table">
          <thead>
            <tr>
              {['channel', 'least', '5 %', 'median', '95 %', 'most', 'mean', 'σ', 'at limits', 'visited'].map(
                (title) => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {survey.channels.map((channel) => (
              <Row key={`${channel.kind} ${channel.name}`} channel={channel} />
            ))}
          </tbody>
        </table>
      </section>
      <Group gap="xs" align="flex-end">
        <NativeSelect
          label="Coverage of"
          data={names}
          value={one}
          onChange={(event) => setOne(event.currentTarget.value)}
          data-testid="coverage-one"
        />
        <NativeSelect
          label="and"
          data={names}
          value={other}
          onChange={(event) => setOther(event.currentTarget.value)}
          data-testid="coverage-other"
        />
        <Button variant="default" onClick={() => onPair([one, other])} data-testid="coverage-show">
          Show
        </Button>
      </Group>
      {survey.coverage && <CoverageMap coverage={survey.coverage} />}
    </>
  );
}

function Row({ channel }: { channel: ChannelStatistics }) {
  const { name, unit, least, most, mean, deviation, quantiles, atLimits, visited } = channel;
  const percent = (share: number | null) => (share === null ? '–' : `${formatNumber(100 * share, 3)} %`);
  const numbers = [least, quantiles[1], quantiles[3], quantiles[5], most, mean, deviation];
  return (
    <tr>
      <td>
        {name} {unit !== '1' && <span className="faint">{unit}</span>}
      </td>
      {numbers.map((value, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
        <td key={i} className="tabular">
          {formatNumber(value)}
        </td>
      ))}
      <td className="tabular">{percent(atLimits)}</td>
      <td className="tabular">{percent(visited)}</td>
    </tr>
  );
}
