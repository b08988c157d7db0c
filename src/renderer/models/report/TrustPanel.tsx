import { Table, Text } from '@mantine/core';
import type { Evaluation, EvaluationReport } from '../../../shared/model';
import type { Verdict } from '../../../shared/verdict';
import { channelColour } from '../../charts/colours';
import { ChannelName } from '../../ui/ChannelName';
import { formatNumber, withUnit } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { trustedWords } from '../words';

/** How many steps ahead each channel can be trusted, and how likely the model finds what happened. */
export function TrustPanel({
  rig,
  evaluation,
  report,
  judged,
  periodSeconds,
}: {
  rig: string;
  evaluation: Evaluation;
  report: EvaluationReport;
  judged: Verdict;
  periodSeconds: number;
}) {
  const farthest = Math.max(1, ...report.channels.map(({ measured }) => measured));
  return (
    <Panel
      title={judged.tested ? 'Trusted horizon' : 'Horizon, not tested'}
      aside={
        <Text size="xs" c="dimmed">
          steps before the error first passes {formatNumber(100 * report.trustedFraction, 3)} % of the
          channel's spread
        </Text>
      }
      testId="trusted-horizon"
    >
      <Table verticalSpacing={4} className="tabular">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Channel</Table.Th>
            <Table.Th ta="right">{judged.tested ? 'Trusted' : 'Within'}</Table.Th>
            <Table.Th w="38%">Steps ahead</Table.Th>
            <Table.Th ta="right">Spread</Table.Th>
            <Table.Th ta="right" title="Negative log-likelihood of one step; one Gaussian over all has 1.42">
              NLL (nats)
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {report.channels.map((channel, i) => {
            const unit = evaluation.channels[i]?.unit ?? '1';
            const own = judged.channels.find(({ name }) => name === channel.name);
            const steps = own?.trusted ?? 0;
            return (
              <Table.Tr key={channel.name}>
                <Table.Td>
                  <span className="row-tight">
                    <span className="swatch" style={{ background: channelColour(i) }} />
                    <ChannelName rig={rig} name={channel.name} />
                  </span>
                </Table.Td>
                <Table.Td ta="right" data-tone={steps === 0 && channel.measured > 0 ? 'bad' : undefined}>
                  {trustedWords(steps, channel, periodSeconds)}
                </Table.Td>
                <Table.Td>
                  <div className="meter" aria-hidden="true">
                    <div
                      style={{
                        width: `${(100 * steps) / farthest}%`,
                        background: judged.tested ? channelColour(i) : 'var(--mantine-color-gray-5)',
                      }}
                    />
                  </div>
                </Table.Td>
                <Table.Td ta="right">
                  {withUnit(formatNumber(channel.spread, 3), unit === '1' ? '' : unit)}
                </Table.Td>
                <Table.Td ta="right">{formatNumber(report.nllByChannel[i] ?? null, 3)}</Table.Td>
              </Table.Tr>
            );
          })}
          {report.nll !== null && (
            <Table.Tr>
              <Table.Td colSpan={4}>
                <Text size="xs" c="dimmed">
                  Mean over channels{report.density === 'samples' ? ', density estimated from samples' : ''}
                </Text>
              </Table.Td>
              <Table.Td ta="right">{formatNumber(report.nll, 3)}</Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
