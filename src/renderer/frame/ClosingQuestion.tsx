import { Button, Group, Modal, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { ActivityState } from '../../shared/telemetry';
import { useLive } from '../live/live';
import { finish } from '../store/actions';
import { hold } from '../store/safety';

/** How long the core has to end the episode, ms. */
const ANSWER_MS = 2000;

/** Set once a person has said that the window may go. */
let mayClose = false;

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
 * is there, so the recording is attended, and STOP and Hold work. In a browser its own question stands in for this one.
 */
export function ClosingQuestion() {
  const [asked, setAsked] = useState(false);
  const kind = useLive((s) => s.activity?.kind ?? 'idle');
  const busy = kind !== 'idle';
  useEffect(() => {
    if (!busy) return;
    const ask = (event: BeforeUnloadEvent) => {
      if (mayClose) return;
      event.preventDefault();
      if (window.foresight) setAsked(true);
    };
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [busy]);
  // What ended by itself leaves nothing to ask; the next recording does not begin with an old question.
  useEffect(() => {
    if (!busy) setAsked(false);
  }, [busy]);
  const close = async () => {
    const ended = finish().then(isIdle).then(hold);
    // A core that stands still keeps nobody here: what ends the window brings the rig to hold as well.
    await Promise.race([ended, new Promise((resolve) => window.setTimeout(resolve, ANSWER_MS))]);
    mayClose = true;
    window.close();
  };
  const what = kind === 'recording' ? 'recording' : 'run';
  return (
    <Modal
      opened={asked}
      onClose={() => setAsked(false)}
      title={`The ${what} is going on`}
      closeOnEscape={false}
      data-testid="closing"
    >
      <Text size="sm">
        Closing this window brings the rig to hold and ends the {what}. What was recorded until then is kept.
      </Text>
      <Group justify="flex-end" mt="md" gap="xs">
        <Button variant="default" size="sm" onClick={() => void close()} data-testid="closing-close">
          Hold and close
        </Button>
        <Button size="sm" data-autofocus onClick={() => setAsked(false)} data-testid="closing-stay">
          Go on
        </Button>
      </Group>
    </Modal>
  );
}
