import { Text } from '@mantine/core';
import { useEffect } from 'react';
import { useLive } from '../live/live';
import { useCheckpoints, usePolicyCheckpoints } from '../store/queries';
import { formatCount, formatDuration, formatTime } from '../ui/format';
import { Panel } from '../ui/Panel';
import { ResumeButton } from './JobCard';

/** Trainings that a crash, a cancel or a closed window interrupted: nothing they learned is lost. */
export function InterruptedPanel() {
  const checkpoints = useCheckpoints();
  const policies = usePolicyCheckpoints();
  const jobs = useLive((s) => s.jobs);
  const states = jobs.map(({ id, state }) => `${id} ${state}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a job that began or ended changes what can be resumed
  useEffect(() => {
    void checkpoints.refetch();
    void policies.refetch();
  }, [states]);
  const running = new Set(jobs.filter((job) => job.state === 'running').map((job) => job.checkpoint));
  const waiting = [
    ...(checkpoints.data ?? []).map((one) => ({
      ...one,
      of: 'model' as const,
      far: formatCount(one.epoch, 'epoch'),
    })),
    ...(policies.data ?? []).map((one) => ({
      ...one,
      of: 'policy' as const,
      far: formatCount(one.steps, 'step'),
    })),
  ].filter(({ id }) => !running.has(id));
  if (waiting.length === 0) return null;
  return (
    <Panel title="Interrupted trainings" testId="interrupted">
      <div className="list">
        {waiting.map(({ id, name, rig, of, far, secondsElapsed, savedAt }) => (
          <div key={id} className="row">
            <div>
              <Text size="sm" fw={600}>
                {name}
              </Text>
              <Text size="xs" c="dimmed" className="tabular">
                {rig} · {far} in {formatDuration(secondsElapsed)} · {formatTime(savedAt)}
              </Text>
            </div>
            <ResumeButton checkpoint={id} of={of} />
          </div>
        ))}
      </div>
    </Panel>
  );
}
