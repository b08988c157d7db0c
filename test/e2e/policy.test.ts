import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { describe, expect, it } from 'vitest';
import { patientRig } from '../rig/patient-rig';
import { cli, episodesIn } from './journey';
import { skipBrowser } from './runtimes';
import { browserStage } from './stage';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RIG = 'patient-pendulum';
/** Seconds of learning; what the policy is worth after them is not judged. */
const STEPS = 600;
/** Minutes of the pendulum at its own pace, more than anybody needs. */
const EPISODES = '100';

describe.skipIf(skipBrowser)('a policy, from learning to driving', () => {
  const stage = browserStage('policy', {
    fill: (workspace) => {
      const rig = patientRig(workspace, 'pendulum');
      cli('record', '--rig', rig, '--episodes', '2', '--hold-steps', '2', '--data', workspace);
      cli('train', '--name', 'first', '--epochs', '3', '--data', workspace);
    },
    begin: async ({ page }) => {
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
      await page.setViewportSize({ width: 1024, height: 700 });
    },
  });
  const at = (id: string) => stage.journey.at(id);
  const choose = async (field: string, option: string | RegExp) => {
    await at(field).click();
    await stage.browser.page.getByRole('option', { name: option, exact: true }).click();
  };

  /** Axe finds nothing in either colours, and nothing is wider than the window. */
  async function isClean(shot: string): Promise<void> {
    const { page } = stage.browser;
    await page.evaluate(AXE);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await stage.journey.screenshot(`${shot}-${colorScheme}`);
      const { violations } = await page.evaluate<AxeResults>('axe.run()');
      expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual([]);
    }
    const beyond = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(beyond).toBeLessThanOrEqual(0);
  }

  it('refuses an option out of its range at the form, and offers a model where one is of use', async () => {
    await at('nav-rig').click();
    await at(`rig-${RIG}`).click();
    await at('nav-models').click();
    await stage.browser.page.getByText('Policies', { exact: true }).click();
    await choose('learn-algorithm', 'Fitted value');
    await at('learn-model').waitFor();
    await choose('learn-algorithm', 'SAC');
    await at('learn-steps').fill('0');
    await at('learn-missing').waitFor();
    expect(await at('learn-start').isDisabled()).toBe(true);
    await isClean('refused');
  });

  it('is learned in simulation with the options that were entered, and shows its curve and what it earns', async () => {
    await at('learn-steps').fill(String(STEPS));
    await at('learn-more').click();
    await at('learn-randomSteps').fill('100');
    await at('learn-hiddenUnits').fill('16');
    await at('learn-more').click();
    await at('learn-name').fill('tiny');
    await at('learn-start').click();
    await stage.browser.page.getByTestId('policy-list').getByText('tiny', { exact: true }).waitFor();
    await expect
      .poll(() => at('policy-evaluation').textContent())
      .toMatch(/^Mean return \S+ over 10 episodes in simulation; .* 95 % confidence\.$/);
    await stage.browser.page.getByRole('img', { name: 'Return over steps' }).first().waitFor();
    const { policies } = cli('policy', 'list', '--data', stage.workspace) as {
      policies: { algorithm: object; steps: number; rig: string }[];
    };
    expect(policies).toMatchObject([
      { rig: RIG, steps: STEPS, algorithm: { name: 'sac', randomSteps: 100, hiddenUnits: 16 } },
    ]);
    await isClean('learned');
  });

  it('is exported, and says how far the file is from its own actions', async () => {
    await at('export-policy').click();
    await at('policy-export-file').waitFor();
    expect(await at('policy-export-file').textContent()).toMatch(/tiny-[0-9a-f]{8}\.onnx$/);
    await stage.browser.page
      .getByText(/Largest difference from the app's own actions: .* simulated states/)
      .waitFor();
  });

  it('drives without a model, and says whether it knows the states it is in', async () => {
    await at('nav-rig').click();
    await at(`rig-${RIG}`).click();
    await at('connect').click();
    await stage.journey.phase('ready');
    await at('nav-models').click();
    await at('policy-use-in-run').click();
    await at('run-setup').waitFor();
    await stage.browser.page.getByText('A policy', { exact: true }).click();
    await stage.browser.page.getByRole('switch', { name: 'Imagined in a model' }).uncheck();
    await start();
    await expect.poll(() => at('driving').textContent()).toBe('The policy drives');
    await expect.poll(() => at('trust').textContent()).toMatch(/^Does the policy know such states\?/);
    await isClean('acting');
    await finish();
    expect(episodesIn(stage.workspace).at(-1)).toMatchObject({ source: 'policy' });
  });

  it('gives way to a planner that thinks along, and drives again, without a stop', async () => {
    await stage.browser.page.getByRole('switch', { name: 'Imagined in a model' }).check();
    await stage.journey.expert();
    await stage.browser.page.getByRole('switch', { name: 'The planner thinks along' }).check();
    await isClean('setup');
    await start();
    await at('certainty').waitFor();
    await at('beside').waitFor();
    await isClean('beside');
    // The form scrolls: what is in it keeps its height, the bar included.
    const bar = stage.browser.page.getByRole('progressbar', { name: 'Steps of the episode' });
    expect((await bar.boundingBox())?.height).toBeGreaterThan(2);
    await at('switch-driver').getByText('Planner', { exact: true }).click();
    await expect.poll(() => at('driving').textContent()).toMatch(/^(?!The policy).* drives$/);
    await at('switch-driver').getByText('Policy', { exact: true }).click();
    await expect.poll(() => at('driving').textContent()).toBe('The policy drives');
    await at('run-step').waitFor();
    await finish();
  });

  async function start(): Promise<void> {
    await stage.journey.expert();
    await at('run-episodes').fill(EPISODES);
    // A busy computer may not hear its window for a second, which would end the run that is looked at.
    await stage.browser.page.getByRole('switch', { name: 'Goes on without this window' }).check();
    await at('run-start').click();
    await at('run-step').waitFor();
  }

  async function finish(): Promise<void> {
    await at('run-finish').click();
    await stage.journey.runEnds();
  }
});
