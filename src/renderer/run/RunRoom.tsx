import { Anchor } from '@mantine/core';
import type { DockviewApi } from 'dockview-react';
import { useLive } from '../live/live';
import { useCurrentRig, useModels, useRig } from '../store/queries';
import { Dock, type DockPanel } from '../ui/Dock';
import { Empty } from '../ui/Messages';
import { CertaintyPanel } from './CertaintyPanel';
import { PlanningPanel } from './PlanningPanel';
import { PredictionPanel } from './PredictionPanel';
import { RunEvents } from './RunEvents';
import { RunScene } from './RunScene';
import { hasSimulator, useRunForm } from './run-form';
import { SetupPanel } from './SetupPanel';

const PANELS: readonly DockPanel[] = [
  { id: 'setup', title: 'Run', Content: SetupPanel },
  { id: 'scene', title: 'Imagined futures', Content: RunScene },
  { id: 'certainty', title: 'Certainty', Content: CertaintyPanel },
  { id: 'prediction', title: 'Predicted and measured', Content: PredictionPanel },
  { id: 'planning', title: 'Planning time', Content: PlanningPanel },
  { id: 'events', title: 'Events', Content: RunEvents },
];

const SETUP_WIDTH = 282;
const CERTAINTY_WIDTH = 250;

function arrange(dock: DockviewApi): void {
  const title = (id: string) => PANELS.find((panel) => panel.id === id)?.title ?? id;
  const add = (
    id: string,
    position?: { referencePanel: string; direction: 'right' | 'below' | 'within' },
    size = {},
  ) => dock.addPanel({ id, component: id, title: title(id), ...(position ? { position } : {}), ...size });
  const right = dock.width - SETUP_WIDTH;
  add('setup');
  // The robot wide on top, as rails and arms are; the numbers below it.
  add('scene', { referencePanel: 'setup', direction: 'right' }, { initialWidth: right });
  add(
    'prediction',
    { referencePanel: 'scene', direction: 'below' },
    { initialHeight: Math.max(300, dock.height * 0.56) },
  );
  add('certainty', { referencePanel: 'scene', direction: 'right' }, { initialWidth: CERTAINTY_WIDTH });
  add('planning', { referencePanel: 'prediction', direction: 'right' }, { initialWidth: right * 0.42 });
  add('events', { referencePanel: 'planning', direction: 'within' });
  dock.getPanel('planning')?.api.setActive();
  dock.getPanel('setup')?.api.setSize({ width: SETUP_WIDTH });
}

export function RunRoom() {
  const { name, connected } = useCurrentRig();
  const known = useLive((s) => s.status !== null);
  const models = useModels();
  const rig = useRig(name).data?.file;
  const oracle = useRunForm((s) => s.dynamics === 'simulator');
  if (!known) return null;
  if (!connected) {
    return (
      <Empty title="No rig is connected" go={{ room: 'rig', label: 'Go to Rig' }}>
        A run needs a rig to act on and a model that was learned on it.
      </Empty>
    );
  }
  const simulated = rig !== undefined && hasSimulator(rig);
  if (models.data?.length === 0 && !(simulated && oracle)) {
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
        )}
      </Empty>
    );
  }
  return <Dock name="run" panels={PANELS} arrange={arrange} />;
}
