import { drawingOf } from '../../../src/main/rig/drivers/mujoco/drawing';
import { loadMujoco } from '../../../src/main/rig/drivers/mujoco/engine';
import type { Drawing } from '../../../src/shared/drawing';

const { module } = await loadMujoco();

/** What the window is given to draw of an MJCF text. */
export function draw(text: string): Drawing {
  const model = module.MjModel.from_xml_string(text);
  try {
    return drawingOf(module, model);
  } finally {
    model.delete();
  }
}
