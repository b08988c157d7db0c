import { Alert, Button, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { ErrorShape } from '../../shared/errors';
import { toShape } from '../api';
import { type Room, useUi } from '../store/ui-state';

/** Nothing here yet, and what to do about it. */
export function Empty({
  title,
  children,
  go,
  compact = false,
}: {
  title: string;
  children?: ReactNode;
  go?: { room: Room; label: string };
  compact?: boolean;
}) {
  return (
    <div className={compact ? 'empty empty-compact' : 'empty'} data-testid="empty">
      <Text fw={600} size="sm">
        {title}
      </Text>
      {children && (
        <Text size="sm" c="dimmed" maw={420} ta="center">
          {children}
        </Text>
      )}
      {go && (
        <Button variant="light" mt={6} onClick={() => useUi.setState({ room: go.room })}>
          {go.label}
        </Button>
      )}
    </div>
  );
}

/** A failure as a sentence and a next step. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const { message, next } = isShape(error) ? error : toShape(error);
  return (
    <Alert color="red" variant="light" p="xs" title={message} data-testid="problem">
      <Text size="xs">{next}</Text>
      {retry && (
        <Button size="compact-xs" variant="default" mt={6} onClick={retry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}

function isShape(error: unknown): error is ErrorShape {
  return !(error instanceof Error) && ErrorShape.safeParse(error).success;
}
