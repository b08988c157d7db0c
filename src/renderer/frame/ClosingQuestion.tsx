import { Button, Group, Modal, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { ActivityState } from '../../shared/telemetry';
import { useLive } from '../live/live';
import { finish } from '../store/actions';
import { hold } from '../store/safety';

/** How long the core has to end the episode, ms. */
const ANSWER_MS = 2000;

type Leaving = 'close' | 'reload';

/** Set once a person has said that the window may go. */
let mayLeave = false;

/**
 * Whether leaving this page ends something. What goes on unattended goes on without it, as long as the core does: with the
 * desktop's window everything ends.
 */
export function asksToLeave(activity: ActivityState | null, desktop: boolean): boolean {
  return activity !== null && activity.kind !== 'idle' && (desktop || !activity.unattended);
}

/** Comes when nothing is recorded any more: a hold before that would interrupt the episode. */
const isIdle = () =>
  new Promise<void>((resolve) => {
    const look = ({ activity }: { activity: ActivityState | null }) => {
      if ((activity?.kind ?? 'idle') !== 'idle') return;
      end();
      resolve();
    };
    const end = useLive.subscribe(look);
    look(useLive.getState());
  });

/**
 * A window that closes or reloads while something is recorded asks first. Until it is answered nothing changes: the window
 * is there, so the recording is attended, and STOP and Hold work. In a browser its own question stands in for this one, and
 * what goes on unattended asks nothing.
 */
export function ClosingQuestion() {
  const [asked, setAsked] = useState<Leaving | null>(null);
  const kind = useLive((s) => s.activity?.kind ?? 'idle');
  const busy = kind !== 'idle';
  const asks = useLive(({ activity }) => asksToLeave(activity, window.foresight !== undefined));
  useEffect(() => {
    if (!asks) return;
    const ask = (event: BeforeUnloadEvent) => {
      if (!mayLeave) event.preventDefault();
    };
    // Only the shell knows which of the two was kept back.
    const kept = ({ source, data }: MessageEvent) => {
      if (source === window && data === 'foresight:kept-close') setAsked('close');
      if (source === window && data === 'foresight:kept-reload') setAsked('reload');
    };
    window.addEventListener('beforeunload', ask);
    window.addEventListener('message', kept);
    return () => {
      window.removeEventListener('beforeunload', ask);
      window.removeEventListener('message', kept);
    };
  }, [asks]);
  // What ended by itself leaves nothing to ask; the next recording does not begin with an old question.
  useEffect(() => {
    if (!busy) setAsked(null);
  }, [busy]);
  const leave = async (how: Leaving) => {
    const ended = finish().then(isIdle).then(hold);
    // A core that stands still keeps nobody here: what ends the window brings the rig to hold as well.
    await Promise.race([ended, new Promise((resolve) => window.setTimeout(resolve, ANSWER_MS))]);
    mayLeave = true;
    if (how === 'close') window.close();
    else window.location.reload();
  };
  const what = kind === 'recording' ? 'recording' : 'run';
  return (
    <Modal
      opened={asked !== null}
      onClose={() => setAsked(null)}
      title={`The ${what} is going on`}
      closeOnEscape={false}
      data-testid="closing"
    >
      <Text size="sm">
        {asked === 'reload' ? 'Reloading' : 'Closing'} this window brings the rig to hold and ends the {what}.
        What was recorded until then is kept.
      </Text>
      <Group justify="flex-end" mt="md" gap="xs">
        <Button
          variant="default"
          size="sm"
          onClick={() => void leave(asked ?? 'close')}
          data-testid="closing-close"
        >
          {asked === 'reload' ? 'Hold and reload' : 'Hold and close'}
        </Button>
        <Button size="sm" data-autofocus onClick={() => setAsked(null)} data-testid="closing-stay">
          Go on
        </Button>
      </Group>
    </Modal>
  );
}
