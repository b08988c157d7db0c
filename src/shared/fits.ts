import type { Camera } from './camera';
import { type View, viewsOf } from './eyes';
import type { ModelSummary } from './model';
import type { RigFile } from './rig';

/** What a model was learned on and a rig does not have. */
export interface Misfit {
  what: 'observations' | 'actions' | 'control period' | 'camera';
  learned: string;
  has: string;
}

/** Why a model cannot plan for a rig: its channels, their units and its control period must be the rig's. Null: it can. */
export function misfit(
  model: Pick<ModelSummary, 'observations' | 'actions' | 'periodSeconds'> &
    Partial<Pick<ModelSummary, 'eyes'>>,
  rig: Pick<RigFile, 'observations' | 'actions' | 'periodSeconds'> & Partial<Pick<RigFile, 'cameras'>>,
): Misfit | null {
  const words = (list: readonly { name: string; unit: string }[]) =>
    list.map((channel) => `${channel.name} (${channel.unit})`).join(', ');
  const { eyes } = model;
  const look = (camera: Pick<Camera, 'name' | 'width' | 'height'> | undefined, withDepth: boolean) =>
    camera
      ? `"${camera.name}" of ${camera.width} × ${camera.height} pixels${withDepth ? ' with depth' : ''}`
      : 'no such camera';
  // Depth that nobody looks at makes no difference.
  const lookOf = ({ camera, depth }: View) => {
    const found = rig.cameras?.find(({ name }) => name === camera);
    return look(
      found,
      depth !== undefined && found?.source.kind === 'simulated' && found.source.depth === true,
    );
  };
  const pairs: Misfit[] = [
    // What learned from pictures needs no channel of the rig, but its cameras.
    ...(eyes
      ? viewsOf(eyes).map(
          (view): Misfit => ({
            ...{ what: 'camera', learned: look({ ...view, name: view.camera }, view.depth !== undefined) },
            has: lookOf(view),
          }),
        )
      : [
          {
            what: 'observations',
            learned: words(model.observations),
            has: words(rig.observations),
          } satisfies Misfit,
        ]),
    { what: 'actions', learned: words(model.actions), has: words(rig.actions) },
    { what: 'control period', learned: `${model.periodSeconds} s`, has: `${rig.periodSeconds} s` },
  ];
  return pairs.find(({ learned, has }) => learned !== has) ?? null;
}
