import { describe, expect, it } from 'vitest';
import { patientRig } from '../rig/patient-rig';
import { cli, episodesIn } from './journey';
import { skipDesktop } from './runtimes';
import { desktopStage } from './stage';

/** More than an hour of the pendulum at its own pace: all of the run is one episode, however slow the computer is. */
const STEPS = 100_000;

describe.skipIf(skipDesktop)('the Run room', () => {
  const stage = desktopStage('run', {
    fill: (workspace) => {
      const rig = patientRig(workspace, 'pendulum');
      cli('record', '--rig', rig, '--episodes', '3', '--hold-steps', '2', '--data', workspace);
      cli('train', '--name', 'first', '--epochs', '30', '--data', workspace);
    },
  });

  const choose = async (field: string, option: RegExp) => {
    await stage.journey.at(field).click();
    await stage.desktop.page.getByRole('option', { name: option }).click();
  };

  /** A busy computer may not hear its window for a second, which would end the run that is looked at. */
  const startUnattended = async () => {
    await stage.journey.expert();
    await stage.desktop.page.getByRole('switch', { name: 'Goes on without this window' }).check();
    await stage.journey.at('run-start').click();
  };

  it('lets a planner be chosen, with the options of that planner', async () => {
    await stage.journey.at('nav-rig').click();
    await stage.journey.at('rig-patient-pendulum').click();
    await stage.journey.at('connect').click();
    await stage.journey.phase('ready');
    await stage.journey.at('nav-run').click();
    await stage.journey.screenshot('setup');
    await stage.journey.expert();
    await choose('planner', /^Gradient shooting/);
    await stage.journey.at('planner-smooth').waitFor();
    await choose('planner', /^CEM/);
    await expect.poll(() => stage.journey.at('planner-smooth').count()).toBe(0);
    await stage.journey.at('planner-horizon').fill('12');
    await choose('planner-budget', /^Fixed/);
    await stage.journey.at('planner-candidates').fill('60');
    await stage.journey.at('planner-more').click();
    await stage.journey.at('planner-eliteShare').fill('0.15');
    await stage.journey.screenshot('planner-options');
    await stage.journey.at('planner-more').click();
    await stage.journey.at('propagation-more').click();
    await stage.journey.at('propagation-particles').fill('3');
    await choose('propagation-objective', /^Pessimistic/);
    await stage.journey.screenshot('uncertainty-options');
  });

  it('shows how far a plan can be trusted while it runs', async () => {
    await stage.journey.at('task-more').click();
    await stage.journey.at('task-steps').fill(String(STEPS));
    await stage.journey.at('task-more').click();
    await startUnattended();
    await stage.journey.at('certainty').waitFor();
    await expect.poll(() => stage.journey.at('known-territory').textContent()).toMatch(/\d+ of 12 steps/);
    await expect.poll(() => stage.journey.at('disagreement').textContent()).toMatch(/\d+ %/);
    // Late plans of a busy computer may have opened it.
    if ((await stage.journey.at('drawer').getAttribute('data-open')) === 'false') {
      await stage.journey.at('drawer-toggle').click();
    }
    expect(await stage.journey.at('workload').textContent()).toMatch(
      /60 candidates × 3 particles × 12 steps/,
    );
    expect(await stage.journey.at('missed-in-row').textContent()).toMatch(/^\d+ \/ \d+$/);
  });

  it('applies a slider that was moved, and says from which step on', async () => {
    const thumb = stage.journey.at('adjust-pessimism-slider');
    await thumb.focus();
    for (let press = 0; press < 10; press += 1) await stage.desktop.page.keyboard.press('ArrowRight');
    const asked = Number(await stage.journey.at('adjust-pessimism').inputValue());
    expect(asked).toBeGreaterThan(2);
    const state = stage.journey.at('adjust-state');
    await expect.poll(() => state.getAttribute('data-state')).toBe('applied');
    expect(await state.textContent()).toMatch(new RegExp(`^Step \\d+.*λ.*${asked}`));
    expect(Number(await stage.journey.at('adjust-pessimism').inputValue())).toBe(asked);
    await stage.journey.screenshot('adjusted');
    await stage.desktop.page.emulateMedia({ colorScheme: 'dark' });
    await stage.journey.screenshot('adjusted-dark');
    await stage.desktop.page.emulateMedia({ colorScheme: 'light' });
  });

  it('maximises another reward on the same model when it is told to', async () => {
    await stage.journey.at('new-reward').click();
    await stage.journey.at('formula-reward').fill('-square(angle) - 0.01 * square(velocity');
    await stage.journey.at('formula-reward-problem').waitFor();
    expect(await stage.journey.at('reward-apply').isDisabled()).toBe(true);
    await stage.journey.at('formula-reward').fill('-square(angle)');
    await stage.journey.at('reward-apply').click();
    await expect.poll(() => stage.journey.at('reward-state').getAttribute('data-state')).toBe('applied');
    await stage.journey.screenshot('new-reward');
    await stage.journey.at('run-finish').click();
    await stage.journey.runEnds();
  });

  it('keeps what every plan said, for looking at it afterwards', async () => {
    const run = episodesIn(stage.workspace).findLast(({ source }) => source === 'mpc');
    await stage.journey.at('nav-episodes').click();
    await stage.journey.showEpisode(run?.id);
    await stage.journey.at('episode-detail').getByText('Known territory').waitFor();
    await stage.journey.at('episode-detail').getByText('adjusted', { exact: true }).first().waitFor();
    await stage.journey.screenshot('episode');
  });

  it('plans with the true simulator, without a model', async () => {
    await stage.journey.at('nav-run').click();
    await stage.desktop.page.getByText('True simulator', { exact: true }).click();
    await startUnattended();
    await stage.journey.page.locator('[data-testid=certainty][data-oracle=true]').waitFor();
    await stage.journey.screenshot('oracle');
    await stage.journey.at('run-finish').click();
    await stage.journey.runEnds();
  });
});
