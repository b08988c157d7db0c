import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, episodesIn } from './journey';
import { root, skipBrowser } from './runtimes';
import { browserStage } from './stage';

/** A log of a hinge that somebody else recorded: times, angle, velocity and torque, no rewards. */
const FILE = join(root, 'test/fixtures/hinge.csv');
const TWO_ROWS = 'time,q,tau\n0,1,0\n0.02,1,0\n';
/** At 2000 rows a second six million rows come of it, which takes as long as a person needs to press Cancel. */
const LONG = `time,q,tau\n${Array.from({ length: 300_000 }, (_, i) => `${i / 100},0.5,0.25`).join('\n')}\n`;
const COLUMNS = [
  '--time',
  'time',
  '--observation',
  'q:rad',
  '--observation',
  'dq:rad/s',
  '--action',
  'tau:N m',
];

describe.skipIf(skipBrowser)('a data set from elsewhere', () => {
  const stage = browserStage('imported', {
    fill: (workspace) => {
      cli('import', FILE, '--name', 'hinge', ...COLUMNS, '--rate', '50', '--data', workspace);
    },
  });

  it('opens in the Episodes room like any other, and says what it does not know', async () => {
    const [episode] = episodesIn(stage.workspace);
    await stage.journey.at('nav-episodes').click();
    await stage.journey.showEpisode(episode?.id);
    await stage.journey.at('episode-detail').getByText('not known').first().waitFor();
    expect(await stage.journey.at('episode-return').textContent()).toBe('not known');
    await stage.journey.at('no-scene').waitFor();
    expect(await stage.journey.at('problem').count()).toBe(0);
    for (const channel of ['q', 'dq', 'tau']) {
      await stage.journey.at('episode-detail').getByText(channel, { exact: true }).first().waitFor();
    }
    await stage.journey.screenshot('episode');
  });

  it('is scrubbed to its last row, whose action nobody recorded', async () => {
    await stage.journey.at('scrubber').focus();
    await stage.browser.page.keyboard.press('End');
    const last = String(episodesIn(stage.workspace)[0]?.steps);
    await expect.poll(() => stage.journey.at('scrubber').getAttribute('aria-valuenow')).toBe(last);
    expect(await stage.journey.at('reading-tau').textContent()).toBe('–');
    expect(await stage.journey.at('reading-q').textContent()).toMatch(/\d/);
  });

  it('is learned from, without a rig of that name on this computer', async () => {
    await stage.journey.at('nav-models').click();
    await stage.journey.at('train-more').click();
    await stage.journey.at('train-epochs').fill('5');
    await stage.journey.train('from elsewhere');
    await stage.journey.screenshot('model');
    const { models } = cli('models', '--data', stage.workspace) as {
      models: { name: string; rig: string }[];
    };
    expect(models).toEqual([expect.objectContaining({ name: 'from elsewhere', rig: 'hinge' })]);
  });

  it('is brought by the window as well: chosen, its columns said, imported, shown, and nothing of the file stays', async () => {
    const { journey, workspace } = stage;
    const { page } = stage.browser;
    const before = episodesIn(workspace).length;
    await journey.at('nav-episodes').click();
    const chooser = page.waitForEvent('filechooser');
    await journey.at('import-choose').press('Enter');
    await (await chooser).setFiles(FILE);
    const units = { q: 'rad', dq: 'rad/s', tau: 'N m' };
    for (const [column, unit] of Object.entries(units)) {
      await page.getByLabel(`Unit of ${column}`, { exact: true }).fill(unit);
    }
    expect(await page.getByLabel('tau is taken as').inputValue()).toBe('action');
    await journey.at('import-rate').fill('50');
    await journey.screenshot('import');
    await journey.at('import-start').click();
    await journey.at('import-report').waitFor();
    await journey.screenshot('import-report');
    await journey.at('import-show').click();
    await journey.at('episode-detail').waitFor();
    const episodes = episodesIn(workspace);
    expect(episodes).toHaveLength(before + 1);
    expect(episodes.at(-1)).toMatchObject({ source: 'import', steps: episodes[0]?.steps });
    await expect.poll(() => existsSync(join(workspace, 'uploads'))).toBe(false);
  });

  it('is shown when it has been imported, also where two others were being compared', async () => {
    const { journey } = stage;
    for (const id of [1, 2]) await journey.page.getByLabel(`Pick episode ${id}`).check();
    await journey.at('compare').click();
    await journey.at('episode-comparison').waitFor();
    await journey.page.dispatchEvent('main', 'drop', { dataTransfer: await droppable('two.csv', TWO_ROWS) });
    await journey.at('import-start').click();
    await journey.at('import-show').click();
    await journey.at('episode-detail').getByText('Episode 3', { exact: true }).waitFor();
    expect(await journey.at('episode-comparison').count()).toBe(0);
  });

  it('can be dropped in any room, is refused in a sentence where it says nothing, and goes when the dialog is closed', async () => {
    const { journey, workspace } = stage;
    await journey.at('nav-run').click();
    const letter = await droppable('letter.csv', 'Dear colleague');
    await journey.page.dispatchEvent('main', 'dragover', { dataTransfer: letter });
    await journey.at('drop-here').waitFor();
    await journey.screenshot('drop-here');
    await journey.page.dispatchEvent('main', 'drop', { dataTransfer: letter });
    await journey.at('import-dialog').getByText('letter.csv: has no line of numbers').waitFor();
    await journey.at('room-episodes').waitFor();
    expect(await journey.at('drop-here').count()).toBe(0);
    expect(existsSync(join(workspace, 'uploads'))).toBe(true);
    await journey.page.keyboard.press('Escape');
    await journey.at('import-dialog').waitFor({ state: 'detached' });
    await expect.poll(() => existsSync(join(workspace, 'uploads'))).toBe(false);
  });

  it('stays in its dialog beside another that is dropped, also over a change of rooms, and is cancelled without a trace', async () => {
    const { journey, workspace } = stage;
    const before = episodesIn(workspace);
    await journey.page.dispatchEvent('main', 'drop', { dataTransfer: await droppable('one.csv', TWO_ROWS) });
    await journey.at('import-rig').fill('kept');
    await journey.page.dispatchEvent('main', 'drop', { dataTransfer: await droppable('two.csv', TWO_ROWS) });
    await journey.page.getByText('Close the dialog first, then drop two.csv again.').waitFor();
    await journey.at('import-cancel').focus();
    await journey.page.keyboard.press('4');
    await journey.at('room-models').waitFor();
    expect(await journey.at('import-rig').inputValue()).toBe('kept');
    expect(await journey.at('import-dialog').count()).toBe(1);
    await journey.at('import-cancel').press('Enter');
    await journey.at('import-dialog').waitFor({ state: 'detached' });
    await expect.poll(() => existsSync(join(workspace, 'uploads'))).toBe(false);
    expect(episodesIn(workspace)).toEqual(before);
  });

  it('is cancelled in the middle of its import, and leaves the log as it was', async () => {
    const { journey, workspace } = stage;
    const before = cli('episode', 'list', '--deleted', '--data', workspace);
    await journey.page.dispatchEvent('main', 'drop', { dataTransfer: await droppable('long.csv', LONG) });
    await journey.at('import-rate').fill('2000');
    await journey.at('import-more').click();
    await journey.at('import-gap').fill('1');
    await journey.at('import-start').press('Enter');
    await journey.at('import-dialog').getByRole('progressbar').waitFor();
    await journey.screenshot('importing');
    await journey.at('import-cancel').press('Enter');
    await journey.at('import-dialog').waitFor({ state: 'detached' });
    await expect.poll(() => existsSync(join(workspace, 'uploads'))).toBe(false);
    expect(cli('episode', 'list', '--deleted', '--data', workspace)).toEqual(before);
  });

  /** A file in the page's own hands, as a person drags it from elsewhere. */
  const droppable = (name: string, text: string) =>
    stage.browser.page.evaluateHandle(
      ([called, content]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([content as string], called as string));
        return transfer;
      },
      [name, text],
    );
});
