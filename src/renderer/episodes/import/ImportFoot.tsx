import { Button, Group, Text } from '@mantine/core';

/** The end of a form that imports: what is still wrong, and the two ways on. */
export function ImportFoot({
  problem,
  busy,
  onClose,
}: {
  problem: string | null;
  busy: boolean;
  onClose: () => void;
}) {
  return (
    <Group justify="flex-end">
      {problem && (
        <Text size="xs" mr="auto" data-testid="import-problem">
          {problem}
        </Text>
      )}
      <Button variant="default" onClick={onClose} data-testid="import-cancel">
        Cancel
      </Button>
      <Button type="submit" disabled={busy || problem !== null} data-testid="import-start">
        Import
      </Button>
    </Group>
  );
}
