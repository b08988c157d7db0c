import { Badge, Button, Kbd, Text } from '@mantine/core';
import { IconHandStop } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { useLink } from '../api';
import { live, useLive } from '../live/live';
import { isPossible, stop, useSafety } from '../store/safety';
import { DeadManButton } from './DeadManButton';
import { MotorsDetail } from './MotorsDetail';
import { type BarWords, barWords, isSilent } from './rig-words';
import { SafetyButton } from './SafetyButton';

/**
 * The e-stop bar: in every room at the same place, above every overlay. It lives in a root of its own beside the
 * app, so that no error in a room takes it away. It shows what the device reports, not what was sent.
 */
export function EstopBar() {
  const words = useBarWords();
  const linkState = useLink((s) => s.state);
  const { connected, phase } = useLive(
    useShallow(({ status }) => ({
      connected: status?.connected ?? false,
      phase: status?.link.phase ?? ('closed' as const),
    })),
  );
  const lost = linkState === 'lost';
  return (
    <section className="estop-bar" data-alarm={words.alarming} aria-label="Safety">
      <div className="estop-buttons">
        <Button
          className="stop-button"
          color="red"
          size="md"
          leftSection={<IconHandStop size={20} />}
          rightSection={
            <Kbd size="xs" aria-hidden>
              Esc
            </Kbd>
          }
          onPointerDown={() => stop('the STOP button')}
          onClick={(event) => {
            // A pointer has stopped already on its way down; this is the keyboard's way.
            if (event.detail === 0) stop('the STOP button');
          }}
          data-testid="estop"
          aria-keyshortcuts="Escape"
        >
          STOP
        </Button>
        {(['resume', 'release', 'hold'] as const).map((command) => (
          <SafetyButton
            key={command}
            command={command}
            enabled={!lost && isPossible(command, phase, connected)}
          />
        ))}
      </div>
      <div className="estop-state">
        <Badge
          size="lg"
          radius="sm"
          variant={words.alarming ? 'filled' : 'light'}
          color={words.colour}
          data-testid="phase"
          data-phase={lost ? 'unknown' : phase}
          className="estop-phase"
        >
          {words.badge}
        </Badge>
        <div className="estop-words" role="status" aria-live={words.alarming ? 'assertive' : 'polite'}>
          <Text size="xs" fw={600} lh={1.15} lineClamp={3} title={words.reason} data-testid="reason">
            {words.reason}
          </Text>
          <Text
            size="xs"
            lh={1.15}
            c={words.doubtful ? 'var(--warn-text)' : 'dimmed'}
            fw={words.doubtful ? 600 : 400}
            data-testid="readback"
            data-confirmed={words.confirmed}
          >
            {words.readback}
          </Text>
        </div>
        <MotorsDetail />
        <DeadManButton />
      </div>
    </section>
  );
}

/** How often the bar looks whether the rig fell silent, ms; what arrives is shown at once. */
const LOOK_MS = 500;

/** Drawn anew only where the words change: counters and jitter come many times a second. */
function useBarWords(): BarWords {
  const link = useLink((s) => s.state);
  const sent = useSafety((s) => s.sent);
  const [, look] = useState(false);
  useEffect(() => {
    const silent = () => isSilent({ ...useLive.getState(), heardAt: live.heardAt, now: Date.now() });
    const timer = window.setInterval(() => look(silent()), LOOK_MS);
    return () => window.clearInterval(timer);
  }, []);
  return useLive(
    useShallow(({ status }) => barWords({ link, status, heardAt: live.heardAt, now: Date.now(), sent })),
  );
}
