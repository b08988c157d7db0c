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
    expect(await journey.at('judged-on').textContent()).toMatch(/that it did not learn from\.$/);
    await journey.screenshot('verdict');
    await journey.at('model-list').getByText('one network', { exact: true }).click();
    await journey.at('calibration').getByText('90 % intervals cover').waitFor();
  });

  it('says "not tested" of a model that nothing was kept out for', async () => {
    await journey.at('train-last').fill('0');
    await journey.train('all of it');
    await journey.at('verdict').getByText('Not tested').waitFor();
    expect(await journey.at('judged-on').textContent()).toMatch(/which it learned from\.$/);
    await journey.screenshot('not-tested');
    await journey.at('train-last').fill('');
  });

  it('keeps a cancelled training, and goes on with it where it was', async () => {
    await journey.at('nav-models').click();
    await journey.at('train-epochs').fill('100000');
    await journey.at('train-patience').fill('100000');
    await journey.at('train-name').fill('long');
    await journey.at('train-start').click();
    const epoch = async () =>
      Number(/Epoch (\d+)/.exec((await journey.at('job-epoch').textContent()) ?? '')?.[1]);
    // It is kept every five seconds; what came after is lost with a cancel.
    const kept = () => (cli('models', '--data', workspace) as { interrupted: unknown[] }).interrupted.length;
    await expect.poll(kept, { interval: 1000 }).toBe(1);
    await journey.at('train-cancel').click();
    await journey.at('interrupted').waitFor();
    const reached = await epoch();
    await journey.screenshot('interrupted');
    await journey.at('interrupted').getByTestId('train-resume').click();
    await journey.at('train-cancel').waitFor();
    await browser.page.getByTestId('job-state').getByText('training').waitFor();
    await expect.poll(epoch).toBeGreaterThan(Math.max(1, reached - 50));
    await journey.at('train-cancel').click();
    await journey.at('interrupted').waitFor();
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
