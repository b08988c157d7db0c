import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { describe, expect, it } from 'vitest';
import { pendulumWithCameras, withDepth } from '../rig/pendulum-cameras';
import { cli } from './journey';
import { skipBrowser } from './runtimes';
import { browserStage } from './stage';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(skipBrowser)('a model that looks through several cameras', () => {
  const stage = browserStage('several-cameras', {
    fill: (workspace) => {
      const rig = pendulumWithCameras(workspace, 'two-cameras', (camera) => [
        withDepth(camera),
        withDepth({ ...camera, name: 'wide', width: 96 }),
      ]);
      cli('record', '--rig', rig, '--episodes', '3', '--hold-steps', '5', '--data', workspace);
    },
    begin: async ({ page }) => {
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await page.setViewportSize({ width: 1024, height: 700 });
    },
  });
  const at = (id: string) => stage.journey.at(id);

  it('is set up on a picture of each, a part of one of them chosen, with depth beside', async () => {
    const { page } = stage.browser;
    await at('nav-models').click();
    await at('train-class').click();
    await page.getByRole('option', { name: 'Latent, from pictures' }).click();
    await at('crop-picture').locator('img').waitFor();
    await at('train-camera-wide').check();
    await expect.poll(() => at('crop-picture').locator('img').count()).toBe(2);
    await at('train-crop-2-left').fill('20');
    await expect.poll(() => at('train-crop-2-width').inputValue()).toBe('76');
    expect(await at('train-crop-width').inputValue()).toBe('64');
    await at('train-size').fill('32');
    await at('train-colour').selectOption('rgbd');
    await at('train-colour').scrollIntoViewIfNeeded();
    await page.waitForLoadState('networkidle');
    await stage.journey.screenshot('setup');
    await page.evaluate(AXE);
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual([]);
    await at('train-more').click();
    await at('train-encoderSteps').fill('60');
    await at('train-epochs').fill('2');
    await stage.journey.train('both');
    const { models } = cli('models', '--data', stage.workspace) as { models: { eyes: object }[] };
    expect(models[0]?.eyes).toMatchObject({
      ...{ camera: 'side', colour: 'rgbd', depth: { near: expect.any(Number) } },
      others: [{ camera: 'wide', width: 96, crop: { left: 20, top: 0, width: 76, height: 64 } }],
    });
  });

  it('shows all of it in the film strip, as high as it is', async () => {
    await at('nav-episodes').click();
    await stage.journey.showEpisode(2);
    const first = at('strip').locator('img').first();
    await first.waitFor();
    await at('strip').scrollIntoViewIfNeeded();
    const { width, height } = (await first.boundingBox())!;
    // Colours and depth of two cameras.
    expect(height / width).toBeGreaterThan(3.8);
    await stage.journey.screenshot('strip');
  });
});
