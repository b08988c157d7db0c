import { Badge, SegmentedControl, Text } from '@mantine/core';
import { useEffect } from 'react';
import { verdict } from '../../shared/verdict';
import { useLive } from '../live/live';
import { useModels, usePolicies } from '../store/queries';
import { useUi } from '../store/ui-state';
import { formatCount, formatTime } from '../ui/format';
import { Empty, Problem } from '../ui/Messages';
import { Panel } from '../ui/Panel';
import { verdictBadge } from '../ui/verdict-words';
import { InterruptedPanel } from './InterruptedPanel';
import { JobCard } from './JobCard';
import { ModelDetail } from './ModelDetail';
import { LearnPanel } from './policy/LearnPanel';
import { PolicyDetail } from './policy/PolicyDetail';
import { PolicyList } from './policy/PolicyList';
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
  const ready = jobs.find((job) => job.id === newest && job.state === 'done');
  const done = ready?.model ?? null;
  const learned = ready?.policy?.hash ?? null;
  useEffect(() => {
    if (done) useUi.setState({ model: done, learned: 'model' });
    if (learned) useUi.setState({ policy: learned, learned: 'policy' });
  }, [done, learned]);
  const kind = useUi((s) => s.learned);
  const policies = usePolicies();
  const chosenPolicy = useUi((s) => s.policy);
  const allPolicies = [...(policies.data ?? [])].sort((a, b) => b.createdAt - a.createdAt);
  const policy = allPolicies.find(({ hash }) => hash === chosenPolicy) ?? allPolicies[0];

  return (
    <div className="columns">
      <div className="side side-wide">
        <SegmentedControl
          fullWidth
          value={kind}
          onChange={(learned) => useUi.setState({ learned: learned === 'policy' ? 'policy' : 'model' })}
          data={[
            { value: 'model', label: 'Models' },
            { value: 'policy', label: 'Policies' },
          ]}
          flex="none"
          aria-label="What is learned"
          data-testid="learned-kind"
        />
        {kind === 'model' ? <TrainPanel /> : <LearnPanel />}
        <InterruptedPanel />
        {kind === 'model' ? (
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
        ) : (
          <Panel title="Policies">
            {policies.error && <Problem error={policies.error} retry={() => void policies.refetch()} />}
            {policies.data?.length === 0 && (
              <Text size="sm" c="dimmed">
                None yet. A policy acts without planning; it appears here with what it earns.
              </Text>
            )}
            <PolicyList policies={allPolicies} chosen={policy?.hash ?? null} />
          </Panel>
        )}
      </div>
      <div className="stage stage-scroll">
        {shownJobs.map((job) => (
          <JobCard key={job.id} job={job} />
        ))}
        {kind === 'policy' && policy && <PolicyDetail key={policy.hash} policy={policy} />}
        {kind === 'policy' && !policy && policies.data && shownJobs.length === 0 && (
          <Empty title="No policy yet">
            Choose a rig and an algorithm on the left and press Learn. In simulation a pendulum takes a
            minute.
          </Empty>
        )}
        {kind === 'model' &&
          (model ? (
            <ModelDetail key={model.hash} model={model} />
          ) : (
            models.data &&
            shownJobs.length === 0 && (
              <Empty title="No model yet">
                Choose the episodes to learn from on the left and press Train. A few hundred steps are enough
                for a cart-pole.
              </Empty>
            )
          ))}
      </div>
    </div>
  );
}
