import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Hdf5File } from '../../src/main/formats/hdf5/file';
import { picturesOf } from '../../src/main/formats/pictures';
import { openLog } from '../../src/main/log';
import type { Log } from '../../src/main/log/types';
import { nodeHost } from '../../src/main/processes/node-host';
import type { EpisodeSummary } from '../../src/shared/episode';
import { picturesIn } from '../formats/camera-workspace';
import { type Desktop, openDesktop } from './desktop';
import { cli, Journey } from './journey';
import { Keyboard } from './keyboard';
import { root, skipDesktop } from './runtimes';
import { desktopStage } from './stage';

const STEPS = 60;

/** The same pendulum with its motor unplugged: it is commanded, and nothing moves. */
function unplugged(workspace: string): string {
  const folder = join(workspace, 'rigs', 'pendulum-unplugged');
  mkdirSync(folder, { recursive: true });
  const model = readFileSync(join(root, 'resources/rigs/pendulum/pendulum.xml'), 'utf8');
  writeFileSync(join(folder, 'pendulum.xml'), model.replace('gear="1"', 'gear="0"'));
  const rig = JSON.parse(readFileSync(join(root, 'resources/rigs/pendulum-camera/rig.json'), 'utf8'));
  rig.name = 'pendulum-unplugged';
  rig.mujoco.model = rig.scene.model = 'pendulum.xml';
  delete rig.mujoco.start;
  writeFileSync(join(folder, 'rig.json'), JSON.stringify(rig));
  return rig.name;
}

function recordFive(workspace: string): void {
  const options = ['--max-steps', String(STEPS), '--data', workspace];
  cli('record', '--rig', 'pendulum-camera', '--episodes', '3', ...options);
  cli('record', '--rig', unplugged(workspace), '--episodes', '2', ...options);
}

/** Numbers that are the same to the bit, a row each; NaN as null. */
async function numbersOf(log: Log, { id }: EpisodeSummary) {
  const { predictions: _, insight: __, plans: ___, ...columns } = await log.columns(id);
  return JSON.parse(
    JSON.stringify(columns, (_key, value) => (value instanceof Float64Array ? [...value] : value)),
  ) as unknown;
}

describe.skipIf(skipDesktop)('a day of recording', () => {
  const stage = desktopStage('day', {
    fill: recordFive,
    begin: (journey) => journey.at('nav-episodes').click(),
  });
  const elsewhere = mkdtempSync(join(tmpdir(), 'foresight-e2e-'));
  let second: Desktop | undefined;
  afterAll(async () => {
    await second?.close();
    rmSync(elsewhere, { recursive: true, force: true });
  });
  const at = (id: string) => stage.journey.at(id);
  const pick = (id: number) => stage.journey.page.getByLabel(`Pick episode ${id}`).check();
  const listed = () =>
    (cli('episode', 'list', '--data', stage.workspace) as { episodes: EpisodeSummary[] }).episodes;
  let file = '';

  it('has two episodes with something wrong, and their flags say which', () => {
    const { episodes } = cli('episode', 'flags', '--data', stage.workspace) as {
      episodes: { id: number; flags: { kind: string }[] }[];
    };
    expect(episodes.filter(({ flags }) => flags.length > 0).map(({ id }) => id)).toEqual([4, 5]);
  });

  it('is cleaned in the window: one episode is trimmed, one deleted and brought back', async () => {
    const keys = new Keyboard(stage.journey.page);
    await stage.journey.showEpisode(1);
    await at('trim').click();
    await at('trim-from').fill('10');
    await at('trim-to').fill('50');
    await at('trim-keep').click();
    await at('episode-6').waitFor();
    await pick(5);
    await at('episode-delete').click();
    await expect.poll(() => listed().map(({ id }) => id)).toEqual([2, 3, 4, 6]);
    await at('nav-episodes').focus();
    await keys.press('ControlOrMeta+z');
    await expect.poll(() => listed().map(({ id }) => id)).toEqual([2, 3, 4, 5, 6]);
  });

  it('is exported with its pictures, by what the dialog says before and shows while', async () => {
    for (const id of [2, 3, 6]) await pick(id);
    await at('episode-export').click();
    await at('export-format').selectOption('robomimic');
    await at('export-plan').getByText('with pictures of side').waitFor();
    await stage.journey.screenshot('export');
    await at('export-start').click();
    await at('export-report').waitFor();
    await stage.journey.screenshot('exported');
    file = (await at('export-path').textContent()) ?? '';
    expect(await at('export-show').count()).toBe(1);
    expect(readdirSync(join(stage.workspace, 'exports'))).toHaveLength(1);
    await at('export-cancel').click();
  });

  it('is imported into a new workspace, where every number and every picture is what it was', async () => {
    second = await openDesktop(elsewhere);
    const journey = new Journey(second.page, 'day-elsewhere');
    await journey.at('nav-episodes').click();
    // While the system's dialog is open somebody walks away from the room.
    await journey.choose('import-choose', file, () => journey.at('nav-record').click());
    await journey.at('import-recognised').waitFor();
    expect(await journey.at('import-recognised').textContent()).toContain(
      'HDF5 of Foresight, robomimic: 3 episodes',
    );
    expect(await journey.at('import-recognised').textContent()).toContain(
      'With the pictures of side (64\u00a0×\u00a064).',
    );
    await journey.screenshot('import');
    await journey.at('import-start').click();
    await journey.at('import-report').waitFor();
    expect(await journey.at('import-report').textContent()).toMatch(/\d+ pictures of side came along\./);
    await journey.screenshot('import-report');
    await journey.at('import-show').click();
    await journey.at('episode-detail').waitFor();
    await journey.screenshot('imported');
    await second.close();
    second = undefined;
    const [before, after] = await Promise.all(
      [stage.workspace, elsewhere].map((folder) => openLog(folder, { readonly: true })),
    );
    if (!before || !after) throw new Error('no logs');
    try {
      const gone = await before.episodes({ numbers: [2, 3, 6] });
      const come = await after.episodes();
      expect(come.map(({ steps }) => steps)).toEqual(gone.map(({ steps }) => steps));
      for (const [i, episode] of gone.entries()) {
        const other = come[i];
        if (!other) throw new Error('an episode is missing');
        expect(await numbersOf(after, other)).toEqual(await numbersOf(before, episode));
        const pictures = await picturesIn(before, episode.id, 'pixels');
        expect(pictures[0]?.frames.length).toBeGreaterThan(0);
        expect(await picturesIn(after, other.id, 'pixels')).toEqual(pictures);
      }
    } finally {
      await Promise.all([before.close(), after.close()]);
    }
  });

  it('has in its file, picture by picture, what the camera saw', async () => {
    const log = await openLog(stage.workspace, { readonly: true });
    const hdf5 = new Hdf5File(nodeHost(), file);
    try {
      const episodes = await log.episodes({ numbers: [2, 3, 6] });
      for (const [i, episode] of episodes.entries()) {
        const written = await hdf5.read(`/data/demo_${i}/obs/side_image`, 0, episode.steps);
        const seen: number[] = [];
        for await (const part of picturesOf(log, episode, { name: 'side', width: 64, height: 64 })) {
          for (const value of part) seen.push(value);
        }
        const size = 64 * 64 * 3;
        expect(written).toHaveLength(episode.steps * size);
        expect(Buffer.from(Uint8Array.from(written)).equals(Buffer.from(seen.slice(0, written.length)))).toBe(
          true,
        );
      }
    } finally {
      await hdf5.close();
      await log.close();
    }
  });
});
