import { Badge, Button, Kbd, Text } from '@mantine/core';
import { IconHandStop } from '@tabler/icons-react';
import { useShallow } from 'zustand/react/shallow';
import { useLink } from '../api';
import { useLive } from '../live/live';
import { isPossible, phaseWords, readbackWords, stop, useSafety } from '../store/safety';
import { SafetyButton } from './SafetyButton';

const SENT_WORDS = {
  stop: 'STOP sent, waiting for the device …',
  hold: 'Hold sent, waiting for the device …',
  release: 'Release sent, waiting for the device …',
  resume: 'Resume sent, waiting for the device …',
} as const;

/**
 * The e-stop bar: in every room at the same place, above every overlay. It lives in a root of its own beside the
 * app, so that no error in a room takes it away. It shows what the device reports, not what was sent.
 */
export function EstopBar() {
  // Only what is shown: counters and jitter change many times a second and must not draw the bar anew.
  const { known, connected, phase, reason } = useLive(
    useShallow(({ status }) => ({
      known: status !== null,
      connected: status?.connected ?? false,
      phase: status?.link.phase ?? ('closed' as const),
      reason: status?.link.reason ?? '',
    })),
  );
  const words = useLive((s) => phaseWords(s.status));
  const readback = useLive(useShallow(({ status }) => (status ? readbackWords(status.link) : null)));
  const linkState = useLink((s) => s.state);
  const sent = useSafety((s) => s.sent);
  const stopped = words.alarming;
  const lost = linkState === 'lost';
  return (
    <section className="estop-bar" data-alarm={stopped || lost} aria-label="Safety">
      <div className="estop-state">
        <Badge
          size="lg"
          radius="sm"
          variant={stopped ? 'filled' : 'light'}
          color={lost ? 'red' : words.colour}
          data-testid="phase"
          data-phase={phase}
          className="estop-phase"
        >
          {lost ? 'No connection' : known ? words.word : 'Connecting'}
        </Badge>
        <div className="estop-words" role="status" aria-live={stopped || lost ? 'assertive' : 'polite'}>
          <Text size="xs" fw={600} lh={1.25} lineClamp={2} data-testid="reason">
            {lost ? 'Connection lost; the rig holds by itself.' : reasonWords(reason, known, connected)}
          </Text>
          <Text
            size="xs"
            lh={1.25}
            c={readback?.doubtful ? 'var(--warn-text)' : 'dimmed'}
            fw={readback?.doubtful ? 600 : 400}
            data-testid="readback"
            data-confirmed={readback?.confirmed ?? false}
          >
            {lost ? 'What the device does now is unknown.' : sent ? SENT_WORDS[sent] : (readback?.text ?? '')}
          </Text>
        </div>
      </div>
      <div className="estop-buttons">
        {(['resume', 'release', 'hold'] as const).map((command) => (
          <SafetyButton
            key={command}
            command={command}
            enabled={!lost && isPossible(command, phase, connected)}
          />
        ))}
        <Button
          className="stop-button"
          color="red"
          size="md"
          leftSection={<IconHandStop size={20} />}
          rightSection={<Kbd size="xs">Esc</Kbd>}
          onPointerDown={() => stop('the STOP button')}
          onClick={(event) => {
            // A pointer has stopped already on its way down; this is the keyboard's way.
            if (event.detail === 0) stop('the STOP button');
          }}
          data-testid="estop"
          aria-label="Emergency stop"
        >
          STOP
        </Button>
      </div>
    </section>
  );
}

function reasonWords(text: string, known: boolean, connected: boolean): string {
  if (!known) return 'Asking the core for the rig …';
  if (text) return text;
  return connected ? 'The rig is connected.' : 'Connect a rig in the Rig room to begin.';
}
