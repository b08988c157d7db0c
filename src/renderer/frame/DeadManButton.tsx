import { Button } from '@mantine/core';
import { useShallow } from 'zustand/react/shallow';
import { api } from '../api';
import { useLive } from '../live/live';
import { attempt } from '../store/notify';

/** Whether the connected rig moves only while a key is held, and whether it is; a press switches it on and off. */
export function DeadManButton() {
  const { shown, wanted, held } = useLive(
    useShallow(({ status }) => ({
      shown: status?.connected === true && status.mode === 'realtime' && status.link.health !== undefined,
      wanted: status?.link.health?.deadMan.wanted ?? false,
      held: status?.link.health?.deadMan.held ?? false,
    })),
  );
  if (!shown) return null;
  return (
    <Button
      size="compact-sm"
      flex="none"
      variant={wanted ? 'filled' : 'default'}
      color={wanted ? (held ? 'teal.8' : 'orange.9') : undefined}
      aria-pressed={wanted}
      title="Dead-man key: the rig moves only while Space, or the trigger of a gamepad, is held"
      onClick={() => void attempt(() => api().rig.deadMan({ wanted: !wanted }))}
      data-testid="dead-man"
      data-held={held}
    >
      {wanted ? (held ? 'Key held' : 'Hold Space to move') : 'Dead-man key'}
    </Button>
  );
}
