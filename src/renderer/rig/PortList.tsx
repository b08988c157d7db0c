import { Text } from '@mantine/core';
import { answerWords, type PortListing } from '../../shared/ports';

/** The ports that are there: what each is, who answers behind it, who has it open, and what is wrong. */
export function PortList({ ports }: { ports: readonly PortListing[] }) {
  return (
    <div className="stack-xs" data-testid="ports">
      {ports.map((port) => (
        <div key={port.path}>
          <Text size="xs" fw={500} style={{ overflowWrap: 'anywhere' }}>
            {answerWords(port) ?? port.product ?? port.manufacturer ?? port.path}
          </Text>
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {[port.path, port.serialNumber ?? noNumber(port)].filter((part) => part !== null).join(' · ')}
          </Text>
          {port.busyWith.length > 0 && <Text size="xs">Open in {port.busyWith.join(', ')}.</Text>}
          {port.problem !== null && port.busyWith.length === 0 && (
            <Text size="xs" c="var(--bad-text)">
              {port.problem}
            </Text>
          )}
        </div>
      ))}
    </div>
  );
}

function noNumber({ vendorId }: PortListing): string | null {
  return vendorId === null ? null : 'no serial number: cannot be told from its likes';
}
