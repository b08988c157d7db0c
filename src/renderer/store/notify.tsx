import { Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { Notice } from '../../shared/telemetry';
import { toShape } from '../api';

const COLOURS = { info: 'blue', warning: 'yellow', error: 'red' } as const;
const SHOWN_MS = { info: 6000, warning: 12_000, error: 20_000 } as const;

/** What can be done about a notice, in it. */
export interface NoticeAction {
  label: string;
  run(): Promise<void>;
}

/** @returns what hides it */
export function notify(level: Notice['level'], message: string, next = '', action?: NoticeAction): string {
  const id = notifications.show({
    color: COLOURS[level],
    autoClose: SHOWN_MS[level],
    title: message,
    message: (
      <>
        {next !== '' && (
          <Text size="xs" c="dimmed">
            {next}
          </Text>
        )}
        {action && (
          <Button
            size="compact-xs"
            variant="default"
            mt={4}
            onClick={() => {
              notifications.hide(id);
              void action.run();
            }}
            data-testid="notice-action"
          >
            {action.label}
          </Button>
        )}
      </>
    ),
    withBorder: true,
    closeButtonProps: { 'aria-label': 'Close' },
  });
  return id;
}

let lastEdit: string | undefined;

/** An edit of the log that can be taken back. Only the newest edit's notice stays: taking back takes the newest. */
export function notifyEdit(message: string, undo: NoticeAction): void {
  forgetEdit();
  lastEdit = notify('info', message, '', undo);
}

/** Something else was edited: the notice before would take that back. */
export function forgetEdit(): void {
  if (lastEdit !== undefined) notifications.hide(lastEdit);
  lastEdit = undefined;
}

/** An edit of the log besides, without a notice of its own. */
export async function attemptEdit<T>(call: () => Promise<T>): Promise<T | undefined> {
  const done = await attempt(call);
  if (done !== undefined) forgetEdit();
  return done;
}

/** Shows what went wrong as a sentence and what to do next. */
export function notifyError(thrown: unknown): void {
  const { message, next } = toShape(thrown);
  notify('error', message, next);
}

/** Runs a call whose failure people should see as a notice; gives its value, or undefined when it failed. */
export async function attempt<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (thrown) {
    notifyError(thrown);
    return undefined;
  }
}
