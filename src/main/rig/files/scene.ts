import type { Scene } from '../../../shared/drawing';
import type { Rig } from '../../../shared/rig';
import { compileModel } from '../drivers/mujoco/compile';
import { drawingOf } from '../drivers/mujoco/drawing';
import { loadMujoco } from '../drivers/mujoco/engine';
import { indexOf } from '../drivers/mujoco/lookup';
import { modelNames } from '../drivers/mujoco/model';

/** What the 3D view needs: the drawing, and which channel drives which of its joints. */
export async function readScene(rig: Rig): Promise<Scene> {
  const mujoco = await loadMujoco();
  const model = compileModel(mujoco, rig.folder, rig.file.scene.model);
  try {
    const names = modelNames(model).joints;
    const drawn = (joint: string) => {
      const index = indexOf(names, joint);
      return names[index] || (index < 0 ? joint : `#${index}`);
    };
    return {
      drawing: drawingOf(mujoco.module, model),
      joints: Object.fromEntries(
        Object.entries(rig.file.scene.joints).map(([joint, channel]) => [drawn(joint), channel]),
      ),
    };
  } finally {
    model.delete();
  }
}
