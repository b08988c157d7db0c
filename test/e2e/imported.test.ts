import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, episodesIn } from './journey';
import { root, skipBrowser } from './runtimes';
import { browserStage } from './stage';

/** A log of a hinge that somebody else recorded: times, angle, velocity and torque, no rewards. */
const FILE = join(root, 'test/fixtures/hinge.csv');
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
    await stage.journey.at(`episode-${episode?.id}`).click();
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

  it('can be dropped, is refused in a sentence where it says nothing, and goes when the dialog is closed', async () => {
    const { journey, workspace } = stage;
    const data = await stage.browser.page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['Dear colleague'], 'letter.csv'));
      return transfer;
    });
    await journey.at('import-zone').dispatchEvent('drop', { dataTransfer: data });
    await journey.at('import-dialog').getByText('letter.csv: has no line of numbers').waitFor();
    await stage.browser.page.keyboard.press('Escape');
    await journey.at('import-dialog').waitFor({ state: 'detached' });
    await expect.poll(() => existsSync(join(workspace, 'uploads'))).toBe(false);
  });
});
