import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, openBrowser, type Served, startServe } from './browser';
import { cli, Journey } from './journey';
import { skipBrowser } from './runtimes';

describe.skipIf(skipBrowser)('the Models room', () => {
  let workspace: string;
  let served: Served;
  let browser: Browser;
  let journey: Journey;

  beforeAll(async () => {
    workspace = mkdtempSync(join(tmpdir(), 'foresight-e2e-'));
    cli('record', '--rig', 'pendulum', '--episodes', '4', '--hold-steps', '2', '--data', workspace);
    served = await startServe(workspace);
    browser = await openBrowser(served.address);
    journey = new Journey(browser.page, 'models');
    await journey.at('nav-models').click();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
    rmSync(workspace, { recursive: true, force: true });
  });

  const choose = async (field: string, option: string) => {
    await journey.at(field).click();
    await browser.page.getByRole('option', { name: option, exact: true }).click();
  };

  it('trains the class and the loss that were chosen, with the options of that class', async () => {
    await choose('train-class', 'Gaussian');
    await choose('train-loss', 'k steps');
    await journey.at('train-more').click();
    await journey.at('train-hiddenUnits').fill('32');
    await journey.at('train-epochs').fill('20');
    await journey.at('train-loss-steps').fill('4');
    await journey.screenshot('train-form');
    await journey.train('one network');
    const { models } = cli('models', '--data', workspace) as { models: { options: object }[] };
    expect(models[0]?.options).toMatchObject({
      class: { name: 'gaussian', hiddenUnits: 32 },
      loss: { name: 'k-step', steps: 4 },
      epochs: 20,
    });
  });

  it('says what a class cannot do, in a sentence, and loses nothing that was entered', async () => {
    await choose('train-class', 'Gaussian process');
    await journey.at('train-start').click();
    await browser.page.getByText('cannot be trained with the loss').first().waitFor();
    expect(await journey.at('train-epochs').inputValue()).toBe('20');
    await choose('train-class', 'Deterministic');
    await choose('train-loss', 'One step');
  });

  it('shows the whole verdict, and lays another model over it', async () => {
    await journey.train('another');
    for (const panel of ['trusted-horizon', 'worst-segments', 'coverage']) await journey.at(panel).waitFor();
    await journey.at('compare-models').click();
    await browser.page.getByRole('option', { name: /^one network/ }).click();
    await browser.page.keyboard.press('Escape');
    await browser.page.getByTestId('evaluation').getByText('one network', { exact: true }).first().waitFor();
    await journey.screenshot('verdict');
    await journey.at('model-list').getByText('one network', { exact: true }).click();
    await journey.at('calibration').getByText('90 % intervals cover').waitFor();
  });

  it('leads from a worst stretch to its row in the episode', async () => {
    const worst = browser.page.locator('button[data-testid^=worst-]');
    const id = (await worst.first().getAttribute('data-testid')) ?? '';
    const [, episode, row] = /^worst-(\d+)-(\d+)$/.exec(id) ?? [];
    await worst.first().click();
    await journey.at('episode-detail').getByText(`Episode ${episode}`, { exact: true }).waitFor();
    expect(await journey.at('scrubber').getAttribute('aria-valuenow')).toBe(row);
    await journey.screenshot('worst-stretch');
  });
});
