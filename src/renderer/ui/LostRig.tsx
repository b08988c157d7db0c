import { Alert, Button, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { putAway, useLive } from '../live/live';
import { connectRig, useConnectionChoice } from '../store/connection';
import { Problem } from './Messages';
import { PoseCheckPanel } from './PoseCheckPanel';

/** A rig that was lost: why, that what is shown is old, and the way back with what was chosen before. */
export function LostRig() {
  const lost = useLive((s) => s.lost);
  const opening = useLive((s) => s.status?.link.phase === 'opening');
  const { port, mode } = useConnectionChoice(lost?.rig ?? '');
  const reconnect = useMutation({ mutationFn: (rig: string) => connectRig(rig) });
  const check = useLive((s) => s.status?.check ?? null);
  const back = useLive((s) => s.status?.back ?? null);
  if (check) return <PoseCheckPanel key={check.id} check={check} />;
  if (!lost) return null;
  return (
    <Alert
      color="red"
      variant="light"
      p="xs"
      className="lost-rig"
      title={back ? `${lost.rig} was lost, and is plugged in again` : `${lost.rig} was lost`}
      data-testid="lost-rig"
    >
      <div className="stack-xs">
        <Text size="xs">{lost.reason}</Text>
        <Text size="xs">What is shown here is what it sent last. What was recorded is in the log.</Text>
        {back && (
          <Text size="xs" fw={600} data-testid="plugged-in">
            {back.port}: {back.words} Connected, it stays on hold until you have looked at its pose.
          </Text>
        )}
        <div className="row-tight">
          <Button
            size="compact-sm"
            loading={reconnect.isPending || opening}
            onClick={() => reconnect.mutate(lost.rig)}
            data-testid="reconnect"
          >
            {back ? 'Connect and check its pose' : 'Reconnect'}
          </Button>
          <Button size="compact-sm" variant="default" onClick={putAway} data-testid="put-away">
            Put away
          </Button>
        </div>
        <Text size="xs" c="dimmed">
          {portWords(port)}
          {mode === 'lockstep' ? ', in lockstep.' : ', in real time.'}
        </Text>
        {reconnect.error && <Problem error={reconnect.error} />}
      </div>
    </Alert>
  );
}

function portWords(port: string): string {
  if (port === '') return 'As the rig file says';
  return port === 'simulated' ? 'By its simulated device' : `By ${port}`;
}
