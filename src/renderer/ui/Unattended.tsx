import { Switch } from '@mantine/core';

/** Motion ends when the window that started it is missed, unless this was switched on for that start. */
export function Unattended({
  what,
  on,
  onChange,
}: {
  what: 'recording' | 'run';
  on: boolean;
  onChange(on: boolean): void;
}) {
  return (
    <Switch
      label="Goes on without this window"
      description={
        on
          ? `Nobody has to watch: the ${what} goes on when this window is closed or cut off. For the next start only.`
          : `Off: the ${what} ends, and the rig is told to hold, within a second of missing this window.`
      }
      checked={on}
      onChange={(event) => onChange(event.currentTarget.checked)}
      data-testid="unattended"
    />
  );
}
