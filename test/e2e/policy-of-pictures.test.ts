import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { describe, expect, it } from 'vitest';
import { cli, episodesIn } from './journey';
import { skipBrowser } from './runtimes';
import { browserStage } from './stage';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RIG = 'pendulum-camera';

describe.skipIf(skipBrowser)('a policy that acts by pictures, in the window', () => {
  const stage = browserStage('policy-of-pictures', {
    fill: (workspace) => {
      const data = ['--data', workspace];
      cli('record', '--rig', RIG, '--episodes', '2', '--hold-steps', '5', ...data);
      const tiny = ['--size', '16', '--encoder-steps', '20', '--unroll', '2', '--epochs', '2'];
      cli('train', '--class', 'latent-frame', '--name', 'seen', ...tiny, ...data);
      // Whatever it is worth: what is looked at is how it drives.
      const learn = ['--steps', '3', '--batch-size', '8', '--hidden-units', '8', '--evaluate-episodes', '2'];
      const where = ['--rig', RIG, '--where', 'model', '--model', 'seen', '--algorithm', 'model-gradient'];
      cli('policy', 'train', ...where, ...learn, '--name', 'dreamt', ...data);
    },
    begin: async ({ page }) => {
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await page.setViewportSize({ width: 1024, height: 700 });
    },
  });
  const at = (id: string) => stage.journey.at(id);

  async function isClean(): Promise<void> {
    const { page } = stage.browser;
    await page.evaluate(AXE);
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual([]);
  }

  it('has a camera that is set up on what it sees now, with what the network gets of it, and no depth where there is none', async () => {
    const { page } = stage.browser;
    await stage.journey.connect(RIG, { lockstep: true });
    await at('nav-models').click();
    await at('train-class').click();
    await page.getByRole('option', { name: 'Latent, from pictures' }).click();
    await at('setup-on').waitFor();
    const shown = () => at('crop-picture').locator('img').getAttribute('src');
    await at('crop-picture').locator('img').waitFor();
    const live = await shown();
    await at('train-crop-left').fill('20');
    await expect.poll(() => at('train-crop-width').inputValue()).toBe('44');
    await at('train-size').fill('24');
    await expect.poll(() => at('crop-seen').getAttribute('width')).toBe('24');
    expect(await at('train-colour').locator('option[value=rgbd]').isDisabled()).toBe(true);
    expect(await at('train-no-depth').textContent()).toMatch(/^No depth: side tells none/);
    for (const scheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await at('setup-on').scrollIntoViewIfNeeded();
      await stage.journey.screenshot(`seen-now-${scheme}`);
      await isClean();
    }
    // What was recorded shows another moment; the part that was chosen stays.
    await at('setup-on').getByText('Recorded', { exact: true }).click();
    await at('camera-another').waitFor();
    await expect.poll(shown).not.toBe(live);
    expect(await at('train-crop-left').inputValue()).toBe('20');
  });

  it('goes on learning between its episodes, in what its model has become, and what it became is kept', async () => {
    const { page } = stage.browser;
    await at('nav-run').click();
    await at('run-driver').getByText('Policy', { exact: true }).click();
    await expect.poll(() => at('run-policy').inputValue()).toBe('dreamt');
    await stage.journey.episodesOf(20);
    await stage.journey.expert();
    await at('run-episodes').fill('2');
    await page.getByRole('switch', { name: 'Goes on without this window' }).check();
    await at('adapt-more').click();
    await at('adapt-retrain').click();
    await page.getByRole('option', { name: 'Between episodes' }).click();
    await at('adapt-encoderMore').fill('2');
    await expect.poll(() => at('adapt-changes-nothing').textContent()).toContain('would change nothing');
    await at('adapt-policyMore').fill('2');
    await expect.poll(() => at('adapt-changes-nothing').count()).toBe(0);
    await at('adapt-policyMore').scrollIntoViewIfNeeded();
    await stage.journey.screenshot('learns-on-setup');
    await isClean();
    await at('run-start').click();
    await expect.poll(() => episodesIn(stage.workspace).length).toBe(4);
    await stage.journey.runEnds();
    const { policies } = cli('policy', 'list', '--data', stage.workspace) as {
      policies: { name: string; hash: string; from: string | null }[];
    };
    const [dreamt, adapted] = ['dreamt', 'dreamt-adapted-1'].map((name) =>
      policies.find((policy) => policy.name === name),
    );
    expect(adapted?.from).toBe(dreamt?.hash);
    await at('run-episodes').fill('1');
  });

  it('drives, is seen imagining, is stopped by STOP, and its episode is kept', async () => {
    const { page } = stage.browser;
    // The newest, with the model that it sees as.
    await expect.poll(() => at('run-policy').inputValue()).toBe('dreamt-adapted-1');
    await stage.journey.episodesOf(100_000);
    await stage.journey.expert();
    // A busy computer may not hear its window for a second, which would end the run that is looked at.
    await page.getByRole('switch', { name: 'Goes on without this window' }).check();
    await at('run-start').click();
    await expect.poll(() => at('driving').textContent()).toBe('The policy drives');
    await at('live-strip').getByRole('columnheader', { name: /^now/ }).waitFor();
    await at('live-plan')
      .getByRole('columnheader', { name: /^\+10 steps/ })
      .waitFor();
    await expect.poll(() => at('live-strip').locator('img').count()).toBe(5 + 5 + 4);
    await at('certainty').waitFor();
    await stage.journey.screenshot('drives');
    await isClean();
    await at('estop').click();
    await stage.journey.phase('stopped');
    await stage.journey.runEnds();
    await stage.journey.screenshot('stopped');
    await isClean();
    const kept = episodesIn(stage.workspace).at(-1);
    expect(kept).toMatchObject({ source: 'policy', state: 'interrupted', missedPlans: 0 });
    expect(kept?.steps).toBeGreaterThan(25);
    // What it saw is there as well, and what the model makes of it.
    await at('nav-episodes').click();
    await stage.journey.showEpisode(kept?.id);
    await expect.poll(() => at('strip').locator('img').count()).toBe(5 + 5 + 4);
  });
});
