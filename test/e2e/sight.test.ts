import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { describe, expect, it } from 'vitest';
import { cli } from './journey';
import { skipBrowser } from './runtimes';
import { browserStage } from './stage';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(skipBrowser)('the rooms of models that learn from pictures', () => {
  const stage = browserStage('sight', {
    fill: (workspace) => {
      const data = ['--data', workspace];
      cli('record', '--rig', 'pendulum-camera', '--episodes', '3', '--hold-steps', '5', ...data);
      const train = ['train', '--class', 'latent-frame', ...data];
      const tiny = ['--size', '16', '--encoder-steps', '20', '--unroll', '2', '--epochs', '2'];
      cli(...train, '--name', 'first', ...tiny);
      // It has learned enough for the pictures of docs/latent.md.
      cli(...train, '--name', 'second', '--size', '32', '--encoder-steps', '300', '--epochs', '10');
    },
    begin: async ({ page }) => {
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await page.setViewportSize({ width: 1024, height: 700 });
    },
  });
  const at = (id: string) => stage.journey.at(id);

  async function isClean(): Promise<void> {
    const { page } = stage.browser;
    await page.waitForLoadState('networkidle');
    await page.evaluate(AXE);
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual([]);
  }

  it('shows what the camera saw, what the model says and what it imagined, from where the scrubber stands', async () => {
    await at('nav-episodes').click();
    await stage.journey.showEpisode(2);
    const pictures = () => at('strip').locator('img').count();
    await expect.poll(pictures).toBe(5 + 5 + 4);
    await at('scrubber').focus();
    for (let i = 0; i < 10; i++) await stage.browser.page.keyboard.press('ArrowRight');
    await at('strip').getByRole('columnheader', { name: 'step 10' }).waitFor();
    await at('strip').scrollIntoViewIfNeeded();
    await stage.journey.screenshot('strip');
    await isClean();
    // Near the end there is less to foretell.
    await at('scrubber').focus();
    await stage.browser.page.keyboard.press('End');
    await expect.poll(pictures).toBe(2);
  });

  it('looks through the model that is chosen, and shows nothing while it is folded away', async () => {
    await at('strip-model').click();
    await stage.browser.page.getByRole('option', { name: /^first/ }).click();
    await stage.browser.page.getByRole('table', { name: /^What first makes of episode 2/ }).waitFor();
    await at('strip-fold').press('Enter');
    await at('strip').waitFor({ state: 'detached' });
    await at('strip-fold').press('Enter');
    await at('strip').waitFor();
  });

  it('draws a map of the states, along which arrow keys go, and from which a step of an episode is opened', async () => {
    await at('nav-models').click();
    await at('map-view').focus();
    for (let i = 0; i < 7; i++) await stage.browser.page.keyboard.press('ArrowRight');
    await at('map-point').getByText('Episode 1, step 7, 0.350 s, reward').waitFor();
    await at('map-says').waitFor();
    for (const by of ['Reward', 'Episode', 'Time']) await at('map-by').getByText(by, { exact: true }).click();
    await stage.journey.screenshot('map');
    await isClean();
    const box = await at('map-view').boundingBox();
    await stage.browser.page.mouse.move(box!.x + box!.width / 2, box!.y + box!.height / 2);
    await stage.browser.page.mouse.move(box!.x - 20, box!.y - 20);
    await at('map-view').press('Enter');
    await at('episode-detail').getByText('Episode 1', { exact: true }).waitFor();
    expect(await at('scrubber').getAttribute('aria-valuenow')).toBe('7');
  });

  it('is set up on a picture: the part that is looked at, its size and its colour, as the network gets it', async () => {
    const { page } = stage.browser;
    await at('nav-models').click();
    await at('train-class').click();
    await page.getByRole('option', { name: 'Latent, from pictures' }).click();
    await at('crop-picture').locator('img').waitFor();
    await at('crop-picture').scrollIntoViewIfNeeded();
    const box = (await at('crop-picture').boundingBox())!;
    await page.mouse.move(box.x + box.width / 4, box.y + box.height / 4);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height, { steps: 3 });
    await page.mouse.up();
    const part = () =>
      Promise.all(
        ['left', 'top', 'width', 'height'].map((key) => at(`train-crop-${key}`).inputValue().then(Number)),
      );
    expect(await part()).toEqual([16, 16, 16, 48]);
    await at('train-crop-width').fill('40');
    await at('train-size').fill('24');
    await at('train-colour').selectOption('rgb');
    await expect.poll(() => at('crop-seen').getAttribute('width')).toBe('24');
    await stage.journey.screenshot('camera-setup');
    await isClean();
    await at('train-more').click();
    await at('train-encoderSteps').fill('10');
    await at('train-epochs').fill('2');
    await stage.journey.train('cropped');
    const { models } = cli('models', '--data', stage.workspace) as {
      models: { name: string; eyes: object }[];
    };
    expect(models.find(({ name }) => name === 'cropped')?.eyes).toMatchObject({
      ...{ size: 24, colour: 'rgb', crop: { left: 16, top: 16, width: 40, height: 48 } },
    });
  });

  it('shows in a run what the camera sees, what the model says, what it had imagined of it, and what the plan imagines', async () => {
    await stage.journey.connect('pendulum-camera', { lockstep: true });
    await at('nav-run').click();
    await stage.journey.episodesOf(10_000);
    // A busy computer may not hear its window for a second, which would end the run that is looked at.
    await stage.journey.expert();
    await stage.browser.page.getByRole('switch', { name: 'Goes on without this window' }).check();
    await at('run-model').click();
    await stage.browser.page.getByRole('option', { name: /second/ }).click();
    await at('run-start').click();
    await at('live-strip').getByRole('columnheader', { name: /^now/ }).waitFor();
    await expect.poll(() => at('live-strip').locator('img').count()).toBe(5 + 5 + 4);
    await at('live-plan')
      .getByRole('columnheader', { name: /^\+25 steps/ })
      .waitFor();
    expect(await at('live-plan').locator('img').count()).toBe(4);
    const plan = () => at('live-plan').locator('img').first().getAttribute('src');
    const before = await plan();
    await expect.poll(plan).not.toBe(before);
    await isClean();
    await stage.browser.page.setViewportSize({ width: 1440, height: 873 });
    await stage.journey.screenshot('live-strip');
    await stage.browser.page.setViewportSize({ width: 1024, height: 700 });
    await stage.journey.screenshot('live-strip-narrow');
  });

  it('says of plans in latent states how long they take, what they expect and how sure that is', async () => {
    await at('drawer-toggle').click();
    expect(await at('workload').textContent()).toMatch(/candidates × .* × 25 steps/);
    expect(await at('plan-p50').textContent()).toMatch(/\d ms/);
    expect(await at('expected-return').textContent()).toMatch(/^−\d.* of the learned reward$/);
    expect(await at('known-territory').textContent()).toMatch(/of 25 steps$/);
    await stage.journey.screenshot('latent-plans');
    await isClean();
    await at('run-finish').click();
    await stage.journey.runEnds();
  });
});
