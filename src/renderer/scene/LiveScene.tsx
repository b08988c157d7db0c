import { type ReactNode, useCallback } from 'react';
import type { RigFile } from '../../shared/rig';
import { live, onBatch, useLive } from '../live/live';
import { useScene } from '../store/queries';
import { Empty, Problem } from '../ui/Messages';
import { parkedWords } from './parked';
import { SceneView } from './SceneView';
import { type SceneModel, useSceneModel } from './scene-model';

const newest: number[] = [];

/** The newest measured observation. The array is reused. */
function latestObservation(): ArrayLike<number> | null {
  const { ring } = live;
  if (ring.size === 0) return null;
  ring.observation.forEach((column, i) => {
    newest[i] = ring.latest(column);
  });
  newest.length = ring.observation.length;
  return newest;
}

/** The rig as it stands now. */
export function LiveScene({
  rig,
  children,
  observation = latestObservation,
}: {
  rig: RigFile;
  /** What to draw instead of the newest observation. */
  observation?: () => ArrayLike<number> | null;
  children?: (model: SceneModel) => ReactNode;
}) {
  const scene = useScene(rig.name);
  const model = useSceneModel(scene.data, rig.observations);
  const parked = useLive((s) => parkedWords(s.status)) ?? undefined;
  const watch = useCallback((redraw: () => void) => onBatch(redraw), []);
  if (scene.error) return <Problem error={scene.error} retry={() => void scene.refetch()} />;
  if (!model) return <Empty title="Loading the drawing …" />;
  return (
    <SceneView
      model={model}
      observation={observation}
      watch={watch}
      label={`3D view of ${rig.title}`}
      note={parked}
    >
      {children?.(model)}
    </SceneView>
  );
}
