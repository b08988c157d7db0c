import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { patientRig } from '../rig/patient-rig';
import { cli } from './journey';
import { skipBrowser } from './runtimes';
import { browserStage } from './stage';

describe.skipIf(skipBrowser)('a run with a model that learned from pictures', () => {
  const stage = browserStage('learning-by-pictures', {
    fill: (workspace) => {
      const data = ['--data', workspace];
      cpSync('resources/rigs/pendulum', join(workspace, 'rigs', 'pendulum'), { recursive: true });
      patientRig(workspace, 'pendulum-camera');
      cli('record', '--rig', 'pendulum-camera', '--episodes', '1', '--hold-steps', '5', ...data);
      const tiny = ['--size', '16', '--encoder-steps', '5', '--unroll', '2', '--epochs', '2'];
      cli('train', '--class', 'latent-frame', '--name', 'seen', ...tiny, ...data);
    },
    begin: async ({ page }) => {
      await page.setViewportSize({ width: 1024, height: 700 });
    },
  });
  const at = (id: string) => stage.journey.at(id);

  it('is offered to learn beside, with what such a model can do there, and says that it learns', async () => {
    const { page } = stage.browser;
    await stage.journey.connect('patient-pendulum-camera');
    await at('nav-run').click();
    await at('expert').click();
    await at('run-episodes').fill('50');
    // A busy computer may not hear its window for a second.
    await page.getByRole('switch', { name: 'Goes on without this window' }).check();
    await at('adapt-more').click();
    await at('adapt-retrain').click();
    await page.getByRole('option', { name: 'While running' }).click();
    await at('adapt-everySteps').fill('110');
    await at('adapt-encoderMore').fill('5');
    // A model of pictures is not watched.
    expect(await at('adapt-onChange').count()).toBe(0);
    await at('adapt-encoderMore').scrollIntoViewIfNeeded();
    await stage.journey.screenshot('learning-setup');
    await at('run-start').click();
    await at('adapting')
      .getByText(/^Learning from \d+ steps\.$/)
      .waitFor();
    await stage.journey.screenshot('learning');
    const models = () => {
      const listed = cli('models', '--data', stage.workspace) as { models: { name: string }[] };
      return listed.models.map(({ name }) => name);
    };
    await expect.poll(models).toContain('seen-adapted-1');
    await at('run-finish').click();
    await at('run-start').waitFor();
  });
});
