import { Badge, Button, Progress, Text } from '@mantine/core';
import type { JobState } from '../../shared/model';
import { api } from '../api';
import { attempt } from '../app/notify';
import { formatCount, formatDuration, formatNumber } from '../ui/format';
import { Problem } from '../ui/Messages';
import { Panel } from '../ui/Panel';
import { LearningCurve } from './LearningCurve';

const WORDS = { running: 'training', done: 'done', cancelled: 'cancelled', failed: 'failed' } as const;
const COLOURS = { running: 'indigo', done: 'teal', cancelled: 'gray', failed: 'red' } as const;

/** A training process: where it is, its curve, and the way to end it. */
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
            {job.state === 'running' ? progress.phase : WORDS[job.state]}
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
        </>
      }
    >
      {job.error && <Problem error={job.error} />}
      <Progress
        value={(100 * progress.epoch) / Math.max(1, progress.epochs)}
        size="sm"
        color={COLOURS[job.state]}
        animated={job.state === 'running'}
      />
      <div className="row" style={{ marginTop: 6 }}>
        <Text size="xs" className="tabular" data-testid="job-epoch">
          Epoch {progress.epoch} of at most {progress.epochs}
        </Text>
        <Text size="xs" c="dimmed" className="tabular">
          {formatCount(progress.transitions, 'transition')} · loss {formatNumber(progress.trainLoss, 3)}
          {mean === null ? '' : `, held out ${formatNumber(mean, 3)}`} ·{' '}
          {formatDuration(progress.secondsElapsed)}
        </Text>
      </div>
      <div className="curve">
        <LearningCurve curve={job.curve} />
      </div>
    </Panel>
  );
}
