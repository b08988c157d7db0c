import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api';
import { useLive } from '../live/live';
import { useOpen } from '../store/queries';

/** How often the checks are looked at anew, ms. */
const AGAIN_MS = 1000;

/** What is looked at before the connected rig may move; what speaks against it, or should be known, in full. */
export function ChecksBeforeMoving() {
  const isOpen = useOpen();
  const connected = useLive(({ status }) => status?.connected === true && status.mode === 'realtime');
  const checks = useQuery({
    queryKey: ['checks'],
    queryFn: () => api().rig.checks({}),
    enabled: isOpen && connected,
    refetchInterval: AGAIN_MS,
  });
  if (!connected || !checks.data) return null;
  const told = checks.data.filter(({ result }) => result !== 'passed');
  const passed = checks.data.length - told.length;
  const all = checks.data.map(({ found }) => found).join('\n');
  return (
    <div data-testid="checks">
      <Text size="xs" c="dimmed" mt={6} title={all}>
        {passed} of {checks.data.length} checks before moving passed
      </Text>
      {told.map(({ id, result, found, next }) => (
        <Text
          key={id}
          size="xs"
          c={result === 'refused' ? 'var(--bad-text)' : 'var(--warn-text)'}
          data-testid={`check-${id}`}
        >
          {found} {next}
        </Text>
      ))}
    </div>
  );
}
