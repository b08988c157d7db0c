import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, openBrowser, type Served, startServe } from './browser';
import { cli, episodesIn, Journey } from './journey';
import { root, skipBrowser } from './runtimes';

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
  let workspace: string;
  let served: Served;
  let browser: Browser;
  let journey: Journey;

  beforeAll(async () => {
    workspace = mkdtempSync(join(tmpdir(), 'foresight-e2e-'));
    cli('import', FILE, '--name', 'hinge', ...COLUMNS, '--rate', '50', '--data', workspace);
    served = await startServe(workspace);
    browser = await openBrowser(served.address);
    journey = new Journey(browser.page, 'imported');
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
    rmSync(workspace, { recursive: true, force: true });
  });

  it('opens in the Episodes room like any other, and says what it does not know', async () => {
    const [episode] = episodesIn(workspace);
    await journey.at('nav-episodes').click();
    await journey.at(`episode-${episode?.id}`).click();
    await journey.at('episode-detail').getByText('not known').first().waitFor();
    expect(await journey.at('episode-return').textContent()).toBe('not known');
    await journey.at('no-scene').waitFor();
    expect(await journey.at('problem').count()).toBe(0);
    for (const channel of ['q', 'dq', 'tau']) {
      await journey.at('episode-detail').getByText(channel, { exact: true }).first().waitFor();
    }
    await journey.screenshot('episode');
  });

  it('is scrubbed to its last row, whose action nobody recorded', async () => {
    await journey.at('scrubber').focus();
    await browser.page.keyboard.press('End');
    const last = String(episodesIn(workspace)[0]?.steps);
    await expect.poll(() => journey.at('scrubber').getAttribute('aria-valuenow')).toBe(last);
    expect(await journey.at('reading-tau').textContent()).toBe('–');
    expect(await journey.at('reading-q').textContent()).toMatch(/\d/);
  });

  it('is learned from, without a rig of that name on this computer', async () => {
    await journey.at('nav-models').click();
    await journey.at('train-more').click();
    await journey.at('train-epochs').fill('5');
    await journey.train('from elsewhere');
    await journey.screenshot('model');
    const { models } = cli('models', '--data', workspace) as { models: { name: string; rig: string }[] };
    expect(models).toEqual([expect.objectContaining({ name: 'from elsewhere', rig: 'hinge' })]);
  });
});
