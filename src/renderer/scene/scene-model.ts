import { useMemo } from 'react';
import type { Scene } from '../../shared/drawing';
import { bindJoints } from '../../shared/joints';
import { type Spans, spansOf } from './framing';
import { Kinematics } from './kinematics';

/** A rig's drawing and which channel moves what; from `rig.scene` and the rig's observation channels. */
export interface SceneModel {
  kinematics: Kinematics;
  source: number[];
  /** How far each joint goes, as far as anybody says. */
  spans: Spans;
  problems: string[];
}

interface DrawnChannel {
  name: string;
  limits?: readonly [number, number] | null | undefined;
}

export function useSceneModel(
  scene: Scene | undefined,
  channels: readonly DrawnChannel[],
): SceneModel | null {
  // Told apart by what they say: lists of channels are made anew with every drawing.
  const said = JSON.stringify(channels.map(({ name, limits }) => ({ name, limits })));
  return useMemo(() => {
    if (!scene) return null;
    const model = scene.drawing;
    const known = JSON.parse(said) as DrawnChannel[];
    const bound = bindJoints(
      model,
      scene.joints,
      known.map(({ name }) => name),
    );
    const empty = model.geoms.length === 0 ? ['The model has no shapes this view can draw.'] : [];
    return {
      kinematics: new Kinematics(model),
      source: bound.source,
      spans: spansOf(
        model,
        bound.source,
        known.map(({ limits }) => limits),
      ),
      problems: [...model.problems, ...bound.problems, ...(model.problems.length > 0 ? [] : empty)],
    };
  }, [scene, said]);
}
