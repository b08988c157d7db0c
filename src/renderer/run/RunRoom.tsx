import { Anchor, Text } from '@mantine/core';
import { memo } from 'react';
import { isLearning, useLive } from '../live/live';
import { useCurrentRig, useModels, usePolicies, useRig } from '../store/queries';
import { LostRig } from '../ui/LostRig';
import { Empty } from '../ui/Messages';
import { Panel } from '../ui/Panel';
import { Drawer } from './Drawer';
import { LearningView } from './LearningView';
import { PredictionPanel } from './PredictionPanel';
import { ResultCard } from './ResultCard';
import { RunningPanel } from './RunningPanel';
import { RunScene } from './RunScene';
import { hasSimulator, useRunForm } from './run-form';
import { Setup } from './SetupPanel';
import { TrustPanel } from './TrustPanel';
import { useLate } from './use-late';
import { useView } from './use-run';

export function RunRoom() {
  const { name, connected, lost } = useCurrentRig();
  const known = useLive((s) => s.status !== null);
  const models = useModels();
  const policies = usePolicies();
  const rig = useRig(name).data?.file;
  const oracle = useRunForm((s) => s.dynamics === 'simulator');
  const learner = useRunForm((s) => s.driver === 'learner');
  if (!known) return null;
  if (!connected && !lost) {
    return (
      <Empty title="No rig is connected" go={{ room: 'rig', label: 'Go to Rig' }}>
        A run needs a rig to act on and a model that was learned on it.
      </Empty>
    );
  }
  const simulated = rig !== undefined && hasSimulator(rig);
  const without = (policies.data?.length ?? 0) > 0 || (simulated && oracle) || learner;
  if (models.data?.length === 0 && policies.data !== undefined && !lost && !without) {
    return (
      <Empty title="No model yet" go={{ room: 'models', label: 'Go to Models' }}>
        A run plans with a learned model. Record some motion, train on it, and come back.
        {simulated && (
          <>
            {' '}
            <Anchor
              component="button"
              size="sm"
              onClick={() => useRunForm.setState({ dynamics: 'simulator' })}
              data-testid="oracle-instead"
            >
              Or plan with the rig's true simulator.
            </Anchor>
          </>
        )}{' '}
        <Anchor
          component="button"
          size="sm"
          onClick={() => useRunForm.setState({ driver: 'learner' })}
          data-testid="learner-instead"
        >
          Or have a policy learned while the rig moves: that needs no model.
        </Anchor>
      </Empty>
    );
  }
  return <ThisRun title={rig?.title ?? name ?? ''} />;
}

/** Not drawn anew with the words about late plans. */
const Scene = memo(RunScene);
const Prediction = memo(PredictionPanel);

/** Left what to run and what came of it, in the middle the robot, on the right whether its plans can be trusted. */
function ThisRun({ title }: { title: string }) {
  const view = useView();
  const ran = useLive((s) => s.ran);
  const late = useLate();
  const learns = useLive((s) => (s.activity && isLearning(s.activity)) || s.ran?.learned === true);
  const learning = useLive((s) => s.learning);
  return (
    <div className="run-room" data-view={view} data-testid="run-view">
      <section className="run-left" aria-label="Run">
        <LostRig />
        {ran && <ResultCard key={ran.episode} ran={ran} />}
        {view === 'running' ? <RunningPanel /> : <Setup again={ran !== null} />}
      </section>
      <Panel
        title={title}
        aside={
          view === 'ended' && (
            <Text size="xs" c="dimmed">
              Stands still as the run ended
            </Text>
          )
        }
        fill
        flush
        className="run-scene"
      >
        <Scene />
      </Panel>
      <Panel title="Predicted and measured" fill flush className="run-prediction">
        <Prediction />
      </Panel>
      <Panel className="run-trust" fill flush>
        {learns && learning ? <LearningView learning={learning} /> : <TrustPanel late={late} />}
      </Panel>
      <Drawer late={late} />
    </div>
  );
}
