import { Table, Text } from '@mantine/core';
import type { RigFile } from '../../shared/rig';
import { channelColour } from '../charts/colours';
import { formatNumber, unitLabel } from '../ui/format';

/** What a rig observes and what it can be told, with limits. */
export function ChannelTable({ rig }: { rig: RigFile }) {
  const rows = [
    ...rig.observations.map((channel) => ({
      ...channel,
      kind: 'observed',
      rate: undefined as number | undefined,
    })),
    ...rig.actions.map((channel) => ({
      ...channel,
      angle: false,
      kind: 'commanded',
      rate: channel.ratePerSecond,
    })),
  ];
  return (
    <div>
      {rig.description && (
        <Text size="sm" c="dimmed" mb="sm">
          {rig.description}
        </Text>
      )}
      <Table verticalSpacing={5} data-testid="channels">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Channel</Table.Th>
            <Table.Th>Way</Table.Th>
            <Table.Th>Unit</Table.Th>
            <Table.Th ta="right">Limits</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, i) => (
            <Table.Tr key={row.name}>
              <Table.Td>
                <span className="row-tight">
                  <span className="swatch" style={{ background: channelColour(i) }} />
                  <span>{row.title ?? row.name}</span>
                  {row.title && row.title !== row.name && <code className="faint">{row.name}</code>}
                </span>
              </Table.Td>
              <Table.Td>
                <Text size="xs" c="dimmed">
                  {row.kind}
                  {row.angle ? ', wraps' : ''}
                </Text>
              </Table.Td>
              <Table.Td>{unitLabel(row.unit)}</Table.Td>
              <Table.Td ta="right" className="tabular">
                {row.limits
                  ? `${formatNumber(row.limits[0], 3)} … ${formatNumber(row.limits[1], 3)}`
                  : 'none'}
                {row.rate ? `, ${formatNumber(row.rate, 3)}/s` : ''}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
