import { afterAll, describe, expect, it } from 'vitest';
import { Scenes } from '../../../src/main/core/export/scenes';
import { nodeHost } from '../../../src/main/processes/node-host';
import { loadRig } from '../../../src/main/rig';
import { freshLog, madeEpisode } from '../../formats/workspaces';

const log = await freshLog();
const scenes = new Scenes(log, nodeHost());
afterAll(() => scenes.close());

/** An episode that a rig with this file recorded. */
async function recordedBy(rig: string, rigFile: unknown) {
  const made = madeEpisode(1, 3);
  const [id = 0] = await log.addEpisodes([{ ...made, episode: { ...made.episode, rig, rigFile } }], 'Made');
  return log.episode(id);
}

describe('what the rig of an episode looks like', () => {
  it('is known where the rig is here as it was, of an import too', async () => {
    const { file } = await loadRig('pendulum');
    for (const rigFile of [file, { importedFrom: 'MCAP', rig: file }]) {
      const scene = await scenes.of(await recordedBy('pendulum', rigFile));
      expect(scene?.joints).toEqual({ hinge: 'angle' });
      expect(scene?.drawing.joints).toHaveLength(1);
    }
  });

  it('is not taken from a rig that has changed, or is another one of that name, or is gone', async () => {
    const { file } = await loadRig('pendulum');
    const changed = { ...file, scene: { ...file.scene, joints: { other: 'angle' } } };
    expect(await scenes.of(await recordedBy('pendulum', changed))).toBeNull();
    expect(await scenes.of(await recordedBy('pendulum', { made: 'by hand' }))).toBeNull();
    expect(await scenes.of(await recordedBy('gone', file))).toBeNull();
  });
});
