import { Button, Kbd } from '@mantine/core';
import { memo, type ReactNode } from 'react';
import { discardEpisode, finish } from '../store/actions';

/** What a key does as well, from every room. */
const COMMANDS = {
  keep: { keys: 'E', run: finish },
  discard: { keys: 'D', run: discardEpisode },
} as const;

/**
 * Ends what goes on, a recording or a run alike, as its key does; the key is written on it. Drawn once: numbers that
 * count up beside it do not draw it anew.
 */
export const KeyButton = memo(
  ({
    command,
    children,
    testId,
  }: {
    command: keyof typeof COMMANDS;
    children: ReactNode;
    testId: string;
  }) => (
    <Button
      variant="default"
      px={8}
      flex="auto"
      rightSection={<Kbd size="xs">{COMMANDS[command].keys}</Kbd>}
      onClick={() => void COMMANDS[command].run()}
      data-testid={testId}
    >
      {children}
    </Button>
  ),
);
