import { Kbd, Modal, Table, Text } from '@mantine/core';
import { useUi } from '../store/ui-state';
import { SHORTCUTS } from './shortcuts';

export function ShortcutsHelp() {
  const open = useUi((s) => s.help);
  return (
    <Modal opened={open} onClose={() => useUi.setState({ help: false })} title="Keyboard shortcuts" size="md">
      <Table verticalSpacing={6} data-testid="shortcuts">
        <Table.Tbody>
          {SHORTCUTS.map(({ keys, does, note }) => (
            <Table.Tr key={does}>
              <Table.Td w={150}>
                {keys.map((key) => (
                  <Kbd key={key} size="sm" mr={4}>
                    {key}
                  </Kbd>
                ))}
              </Table.Td>
              <Table.Td>
                <Text size="sm">{does}</Text>
                {note && (
                  <Text size="xs" c="dimmed">
                    {note}
                  </Text>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
