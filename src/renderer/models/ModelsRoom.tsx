import { Badge, Text } from '@mantine/core';
import { useEffect } from 'react';
import { verdict } from '../../shared/verdict';
import { useLive } from '../live/live';
import { useModels } from '../store/queries';
import { useUi } from '../store/ui-state';
import { formatCount, formatTime } from '../ui/format';
import { Empty, Problem } from '../ui/Messages';
import { Panel } from '../ui/Panel';
import { verdictBadge } from '../ui/verdict-words';
import { InterruptedPanel } from './InterruptedPanel';
import { JobCard } from './JobCard';
import { ModelDetail } from './ModelDetail';
import { TrainPanel } from './TrainPanel';

export function ModelsRoom() {
  const models = useModels();
  const jobs = useLive((s) => s.jobs);
  const chosen = useUi((s) => s.model);
  const list = [...(models.data ?? [])].sort((a, b) => b.createdAt - a.createdAt);
  const model = list.find((m) => m.hash === chosen) ?? list[0];
  // What is being learned, and the newest that went wrong or was cancelled, for as long as nothing newer is there.
  const newest = jobs.reduce((id, job) => Math.max(id, job.id), -1);
  const shownJobs = jobs.filter(
    (job) => job.state === 'running' || (job.id === newest && job.state !== 'done'),
  );
  const done = jobs.find((job) => job.id === newest && job.state === 'done')?.model ?? null;
  useEffect(() => {
    if (done) useUi.setState({ model: done });
  }, [done]);

  return (
    <div className="columns">
      <div className="side side-wide">
        <TrainPanel />
        <InterruptedPanel />
        <Panel title="Models">
          {models.error && <Problem error={models.error} retry={() => void models.refetch()} />}
          {models.data?.length === 0 && (
            <Text size="sm" c="dimmed">
              None yet. A trained model appears here with its verdict.
            </Text>
          )}
          <div className="list" data-testid="model-list">
            {list.map((m) => {
              const badge = verdictBadge(verdict(m.evaluation, m.periodSeconds));
              return (
                <button
                  key={m.hash}
                  type="button"
                  className="list-entry"
                  data-active={m.hash === model?.hash}
                  onClick={() => useUi.setState({ model: m.hash })}
                  data-testid={`model-${m.hash.slice(0, 8)}`}
                >
                  <span className="row">
                    <span className="list-title">{m.name}</span>
                    <Badge size="xs" variant="light" color={badge.colour} data-testid="verdict-badge">
                      {badge.text}
                    </Badge>
                  </span>
                  <span className="list-note tabular">
                    {m.rig} · {formatCount(m.transitions, 'transition')} · {formatTime(m.createdAt)}
                  </span>
                </button>
              );
            })}
          </div>
        </Panel>
      </div>
      <div className="stage stage-scroll">
        {shownJobs.map((job) => (
          <JobCard key={job.id} job={job} />
        ))}
        {model ? (
          <ModelDetail key={model.hash} model={model} />
        ) : (
          models.data &&
          shownJobs.length === 0 && (
            <Empty title="No model yet">
              Choose the episodes to learn from on the left and press Train. A few hundred steps are enough
              for a cart-pole.
            </Empty>
          )
        )}
      </div>
    </div>
  );
}
