import { describe, expect, it } from 'vitest';
import { cli } from './journey';
import { skipBrowser } from './runtimes';
import { browserStage } from './stage';

describe.skipIf(skipBrowser)('the Models room', () => {
  const stage = browserStage('models', {
    fill: (workspace) => {
      cli('record', '--rig', 'pendulum', '--episodes', '4', '--hold-steps', '2', '--data', workspace);
    },
    begin: async (journey) => {
      await journey.at('nav-models').click();
    },
  });

  const choose = async (field: string, option: string) => {
    await stage.journey.at(field).click();
    await stage.browser.page.getByRole('option', { name: option, exact: true }).click();
  };

  it('trains the class and the loss that were chosen, with the options of that class', async () => {
    await choose('train-class', 'Gaussian');
    await choose('train-loss', 'k steps');
    await stage.journey.at('train-more').click();
    await stage.journey.at('train-hiddenUnits').fill('32');
    await stage.journey.at('train-epochs').fill('20');
    await stage.journey.at('train-loss-steps').fill('4');
    await stage.journey.screenshot('train-form');
    await stage.journey.train('one network');
    const { models } = cli('models', '--data', stage.workspace) as { models: { options: object }[] };
    expect(models[0]?.options).toMatchObject({
      class: { name: 'gaussian', hiddenUnits: 32 },
      loss: { name: 'k-step', steps: 4 },
      epochs: 20,
    });
  });

  it('says what a class cannot do, in a sentence, and loses nothing that was entered', async () => {
    await choose('train-class', 'Gaussian process');
    await stage.journey.at('train-start').click();
    await stage.browser.page.getByText('cannot be trained with the loss').first().waitFor();
    expect(await stage.journey.at('train-epochs').inputValue()).toBe('20');
    await choose('train-class', 'Deterministic');
    await choose('train-loss', 'One step');
  });

  it('shows the whole verdict, and lays another model over it', async () => {
    await stage.journey.train('another');
    for (const panel of ['trusted-horizon', 'worst-segments', 'coverage'])
      await stage.journey.at(panel).waitFor();
    await stage.journey.at('compare-models').click();
    await stage.browser.page.getByRole('option', { name: /^one network/ }).click();
    await stage.browser.page.keyboard.press('Escape');
    await stage.browser.page
      .getByTestId('evaluation')
      .getByText('one network', { exact: true })
      .first()
      .waitFor();
    expect(await stage.journey.at('judged-on').textContent()).toMatch(/that it did not learn from\.$/);
    await stage.journey.screenshot('verdict');
    await stage.journey.at('model-list').getByText('one network', { exact: true }).click();
    await stage.journey.at('calibration').getByText('90 % intervals cover').waitFor();
  });

  it('says "not tested" of a model that nothing was kept out for', async () => {
    await stage.journey.at('train-last').fill('0');
    await stage.journey.train('all of it');
    await stage.journey.at('verdict').getByText('Not tested').waitFor();
    expect(await stage.journey.at('judged-on').textContent()).toMatch(/which it learned from\.$/);
    await stage.journey.screenshot('not-tested');
    await stage.journey.at('train-last').fill('');
  });

  it('keeps a cancelled training, and goes on with it where it was', async () => {
    await stage.journey.at('nav-models').click();
    await stage.journey.at('train-epochs').fill('100000');
    await stage.journey.at('train-patience').fill('100000');
    await stage.journey.at('train-name').fill('long');
    await stage.journey.at('train-start').click();
    const epoch = async () =>
      Number(/Epoch (\d+)/.exec((await stage.journey.at('job-epoch').textContent()) ?? '')?.[1]);
    // It is kept every five seconds; what came after is lost with a cancel.
    const kept = () =>
      (cli('models', '--data', stage.workspace) as { interrupted: unknown[] }).interrupted.length;
    await expect.poll(kept, { interval: 1000 }).toBe(1);
    await stage.journey.at('train-cancel').click();
    await stage.journey.at('interrupted').waitFor();
    const reached = await epoch();
    await stage.journey.screenshot('interrupted');
    await stage.journey.at('interrupted').getByTestId('train-resume').click();
    await stage.journey.at('train-cancel').waitFor();
    await stage.browser.page.getByTestId('job-state').getByText('training').waitFor();
    await expect.poll(epoch).toBeGreaterThan(Math.max(1, reached - 50));
    await stage.journey.at('train-cancel').click();
    await stage.journey.at('interrupted').waitFor();
  });

  it('leads from a worst stretch to its row in the episode', async () => {
    const worst = stage.browser.page.locator('button[data-testid^=worst-]');
    const id = (await worst.first().getAttribute('data-testid')) ?? '';
    const [, episode, row] = /^worst-(\d+)-(\d+)$/.exec(id) ?? [];
    await worst.first().click();
    await stage.journey.at('episode-detail').getByText(`Episode ${episode}`, { exact: true }).waitFor();
    expect(await stage.journey.at('scrubber').getAttribute('aria-valuenow')).toBe(row);
    await stage.journey.screenshot('worst-stretch');
  });
});
