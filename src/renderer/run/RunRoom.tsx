import type { DockviewApi } from 'dockview-react';
import { useCurrentRig, useModels } from '../app/queries';
import { useLive } from '../live/live';
import { Dock, type DockPanel } from '../ui/Dock';
import { Empty } from '../ui/Messages';
import { PlanningPanel } from './PlanningPanel';
import { PredictionPanel } from './PredictionPanel';
import { RunEvents } from './RunEvents';
import { RunScene } from './RunScene';
import { SetupPanel } from './SetupPanel';

const PANELS: readonly DockPanel[] = [
  { id: 'setup', title: 'Run', Content: SetupPanel },
  { id: 'scene', title: 'Imagined futures', Content: RunScene },
  { id: 'prediction', title: 'Predicted and measured', Content: PredictionPanel },
  { id: 'planning', title: 'Planning time', Content: PlanningPanel },
  { id: 'events', title: 'Events', Content: RunEvents },
];

const SETUP_WIDTH = 282;

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
  add('planning', { referencePanel: 'prediction', direction: 'right' }, { initialWidth: right * 0.42 });
  add('events', { referencePanel: 'planning', direction: 'within' });
  dock.getPanel('planning')?.api.setActive();
  dock.getPanel('setup')?.api.setSize({ width: SETUP_WIDTH });
}

export function RunRoom() {
  const { connected } = useCurrentRig();
  const known = useLive((s) => s.status !== null);
  const models = useModels();
  if (!known) return null;
  if (!connected) {
    return (
      <Empty title="No rig is connected" go={{ room: 'rig', label: 'Go to Rig' }}>
        A run needs a rig to act on and a model that was learned on it.
      </Empty>
    );
  }
  if (models.data?.length === 0) {
    return (
      <Empty title="No model yet" go={{ room: 'models', label: 'Go to Models' }}>
        A run plans with a learned model. Record some motion, train on it, and come back.
      </Empty>
    );
  }
  return <Dock name="run" panels={PANELS} arrange={arrange} />;
}
