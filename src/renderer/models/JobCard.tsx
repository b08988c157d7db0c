import { Badge, Button, Progress, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JobState } from '../../shared/model';
import { api } from '../api';
import { PolicyCurve } from '../charts/PolicyCurve';
import { attempt } from '../store/notify';
import { formatCount, formatDuration, formatNumber, groupDigits } from '../ui/format';
import { Problem } from '../ui/Messages';
import { Panel } from '../ui/Panel';
import { LearningCurve } from './LearningCurve';

const WORDS = { done: 'done', cancelled: 'cancelled', failed: 'failed' } as const;
const COLOURS = { running: 'indigo', done: 'teal', cancelled: 'gray', failed: 'red' } as const;

/** A training or a verdict in the making: where it is, its curve, the way to end it and the way to go on. */
export function JobCard({ job }: { job: JobState }) {
  const { progress } = job;
  const holdOut = progress.holdOutLoss;
  const mean = holdOut && holdOut.length > 0 ? holdOut.reduce((a, b) => a + b, 0) / holdOut.length : null;
  return (
    <Panel
      title={job.title}
      testId="job"
      aside={
        <>
          <Badge size="sm" variant="light" color={COLOURS[job.state]} data-testid="job-state">
            {job.state === 'running' ? phaseWords(progress) : WORDS[job.state]}
          </Badge>
          {job.state === 'running' && (
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => void attempt(() => api().models.cancel({ job: job.id }))}
              data-testid="train-cancel"
            >
              Cancel
            </Button>
          )}
          {job.state !== 'running' && job.checkpoint !== null && (
            <ResumeButton checkpoint={job.checkpoint} of={job.kind === 'learn-policy' ? 'policy' : 'model'} />
          )}
        </>
      }
    >
      {job.error && <Problem error={job.error} />}
      <Progress
        value={(100 * progress.epoch) / Math.max(1, progress.epochs)}
        size="sm"
        color={COLOURS[job.state]}
        animated={job.state === 'running'}
        aria-label={job.title}
      />
      <div className="row" style={{ marginTop: 6 }}>
        <Text size="xs" className="tabular" data-testid="job-epoch">
          {howFar(job)}
        </Text>
        <Text size="xs" c="dimmed" className="tabular">
          {job.kind === 'train' &&
            `${formatCount(progress.transitions, 'transition')} · loss ${formatNumber(progress.trainLoss, 3)}` +
              `${mean === null ? '' : `, held out ${formatNumber(mean, 3)}`} · `}
          {formatDuration(progress.secondsElapsed)}
        </Text>
      </div>
      {job.kind === 'train' && (
        <div className="curve">
          <LearningCurve curve={job.curve} />
        </div>
      )}
      {job.kind === 'learn-policy' && <PolicyCurve curve={job.policy?.curve ?? []} />}
    </Panel>
  );
}

function howFar({ kind, progress: { epoch, epochs } }: JobState): string {
  if (kind === 'train') return `Epoch ${epoch} of at most ${epochs}`;
  if (kind === 'learn-policy') return `Step ${groupDigits(epoch)} of ${groupDigits(epochs)}`;
  return `${Math.round((100 * epoch) / Math.max(1, epochs))} %`;
}

/** "training, k = 4": the phase, and what its step is about. */
const phaseWords = ({ phase, detail }: JobState['progress']): string =>
  detail === '' ? phase : `${phase}, ${detail}`;

/** Goes on with an interrupted training. */
export function ResumeButton({ checkpoint, of = 'model' }: { checkpoint: string; of?: 'model' | 'policy' }) {
  const queries = useQueryClient();
  const resume = useMutation({
    mutationFn: () => attempt(() => (of === 'policy' ? api().policies : api().models).resume({ checkpoint })),
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: ['checkpoints'] });
      await queries.invalidateQueries({ queryKey: ['policy-checkpoints'] });
    },
  });
  return (
    <Button
      flex="none"
      size="compact-xs"
      loading={resume.isPending}
      onClick={() => resume.mutate()}
      data-testid="train-resume"
    >
      Resume
    </Button>
  );
}
