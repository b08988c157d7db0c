import { describe, expect, it } from 'vitest';
import { openDesktop } from './desktop';
import { cli, Journey } from './journey';
import { Keyboard } from './keyboard';
import { skipDesktop } from './runtimes';
import { desktopStage } from './stage';

const STEPS = 40;

interface Edited {
  id: number;
  steps: number;
  starred: boolean;
  outcome: string | null;
  parts: { episode: number; from: number; to: number }[];
}

describe.skipIf(skipDesktop)('an episode in the window', () => {
  const stage = desktopStage('edit', {
    fill: (workspace) => {
      cli(
        ...['record', '--rig', 'pendulum-camera', '--episodes', '2'],
        ...['--max-steps', String(STEPS), '--data', workspace],
      );
    },
  });
  const at = (id: string) => stage.journey.at(id);
  const episodes = () =>
    (cli('episode', 'list', '--data', stage.workspace) as { episodes: Edited[] }).episodes;
  const numbers = () => episodes().map(({ id }) => id);
  /** The one that is shown. */
  const title = (id: number) => at('episode-detail').getByText(`Episode ${id}`, { exact: true }).waitFor();
  const menu = (what: 'undo' | 'redo') =>
    stage.desktop.app.evaluate(({ Menu, BrowserWindow }, id) => {
      Menu.getApplicationMenu()
        ?.getMenuItemById(id)
        ?.click(undefined, BrowserWindow.getAllWindows()[0], undefined);
    }, what);
  const said = (words: string) => stage.journey.page.getByText(words).first().waitFor();

  it('is judged and starred in its head', async () => {
    await at('nav-episodes').click();
    await stage.journey.showEpisode(1);
    await title(1);
    await at('star').click();
    await expect.poll(() => at('star').getAttribute('aria-pressed')).toBe('true');
    await at('outcome').getByText('Success').click();
    await expect.poll(() => episodes()[0]).toMatchObject({ starred: true, outcome: 'success' });
  });

  it('is trimmed by the keyboard on its handles and by typed steps, with what remains shown before', async () => {
    const keys = new Keyboard(stage.journey.page);
    await at('trim').click();
    await at('trim-bar').waitFor();
    await at('trim-handle-from').focus();
    await keys.press('Shift+ArrowRight', 'ArrowLeft');
    await expect.poll(() => at('trim-from').inputValue()).toBe('9');
    // The 3D view, the picture and the marker go along.
    await expect.poll(() => at('scrubber').getAttribute('aria-valuenow')).toBe('9');
    await at('trim-to').fill('33');
    await expect.poll(() => at('trim-handle-to').getAttribute('aria-valuenow')).toBe('33');
    await said('24 steps of 40 remain');
    await stage.journey.screenshot('trim');
    await at('trim-keep').click();
    await title(3);
    await said('Episode 3 has steps 9 to 33 of episode 1.');
    expect(episodes().find(({ id }) => id === 3)).toMatchObject({
      ...{ steps: 24, starred: true, outcome: 'success' },
      parts: [{ episode: 1, from: 9, to: 34 }],
    });
    expect(numbers()).not.toContain(1);
    await at('episode-parts').getByText('recording 1').waitFor();
    await stage.journey.screenshot('trimmed');
  });

  it('comes back by an undo in its notice, and is cut again by a redo of the menu', async () => {
    await at('notice-action').click();
    await said('Undone: Trimmed episode 1 to steps 9 to 33.');
    await title(1);
    expect(numbers()).toEqual([1, 2]);
    await menu('redo');
    await said('Done again: Trimmed episode 1 to steps 9 to 33.');
    await title(3);
  });

  it('is dragged smaller by its handles', async () => {
    await at('trim').click();
    const [track, handle] = await Promise.all([
      at('scrubber').boundingBox(),
      at('trim-handle-to').boundingBox(),
    ]);
    if (!track || !handle) throw new Error('nothing to drag');
    const { mouse } = stage.journey.page;
    const y = handle.y + handle.height / 2;
    await mouse.move(handle.x + handle.width / 2, y);
    await mouse.down();
    await mouse.move(track.x + track.width / 2, y, { steps: 4 });
    await mouse.up();
    await expect.poll(() => at('trim-to').inputValue()).toBe('12');
    await at('trim-cancel').click();
    expect(await at('trim-bar').count()).toBe(0);
    expect(numbers()).toContain(3);
  });

  it('is split where one has scrubbed to, and merged again with another, whose seam is seen', async () => {
    await at('scrubber').focus();
    const keys = new Keyboard(stage.journey.page);
    await keys.press('Home', 'Shift+ArrowRight');
    await at('split').click();
    await title(4);
    expect(numbers()).toEqual([2, 4, 5]);
    for (const id of [2, 4]) await stage.journey.page.getByLabel(`Pick episode ${id}`).check();
    await at('merge').click();
    await title(6);
    await at('scrubber-seam').waitFor();
    // In the order in which they began, which was within the same second.
    const { parts = [] } = episodes().find(({ id }) => id === 6) ?? {};
    expect(parts.toSorted((a, b) => a.episode - b.episode)).toEqual([
      { episode: 1, from: 9, to: 20 },
      { episode: 2, from: 0, to: STEPS + 1 },
    ]);
    await stage.journey.screenshot('merged');
  });

  it('leads to the recordings that it is made of, at whatever size and in the dark', async () => {
    const { page } = stage.journey;
    await page.setViewportSize({ width: 1024, height: 700 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await at('trim').click();
    await stage.journey.screenshot('small-dark');
    await at('workspace-size').click();
    await at('workspace-dialog').waitFor();
    await at('keep-days').fill('90');
    await at('keep-save').click();
    await at('retention-rule').getByText('Kept are episodes of the last').waitFor();
    await stage.journey.screenshot('workspace');
    await page.keyboard.press('Escape');
    await at('workspace-dialog').waitFor({ state: 'detached' });
    await at('part-2').click();
    await title(2);
    await stage.journey.screenshot('recording');
  });

  it('is what it was after a restart and as many undos, also by the keys, and not while something is typed', async () => {
    await stage.desktop.close();
    stage.desktop = await openDesktop(stage.workspace);
    stage.journey = new Journey(stage.desktop.page, 'edit-restarted');
    const keys = new Keyboard(stage.journey.page);
    await stage.journey.showEpisode(6);
    await title(6);
    await at('scrubber').focus();
    await keys.press('ControlOrMeta+z');
    await said('Undone: Merged episodes');
    await expect.poll(numbers).toEqual([2, 4, 5]);
    await at('episode-filter').fill('x');
    await keys.press('ControlOrMeta+z');
    await at('episode-filter').fill('');
    await menu('undo');
    await at('scrubber').or(at('episode-5')).first().waitFor();
    expect(numbers()).toEqual([2, 4, 5]);
    await at('nav-episodes').focus();
    await menu('undo');
    await said('Undone: Split episode 3');
    await keys.press('ControlOrMeta+z');
    await said('Undone: Trimmed episode 1');
    await expect.poll(numbers).toEqual([1, 2]);
    await keys.press('ControlOrMeta+Shift+z');
    await said('Done again: Trimmed episode 1');
    await expect.poll(numbers).toEqual([2, 3]);
  });
});
