import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Desktop, openDesktop } from './desktop';
import { cli, episodesIn, Journey } from './journey';
import { skipDesktop } from './runtimes';

/** Minutes of the pendulum at its own pace, more than anybody needs: its episodes end by their step limit alone. */
const EPISODES = 100;

describe.skipIf(skipDesktop)('the Run room', () => {
  let workspace: string;
  let desktop: Desktop;
  let journey: Journey;

  beforeAll(async () => {
    workspace = mkdtempSync(join(tmpdir(), 'foresight-e2e-'));
    cli('record', '--rig', 'pendulum', '--episodes', '3', '--hold-steps', '2', '--data', workspace);
    cli('train', '--name', 'first', '--epochs', '30', '--data', workspace);
    desktop = await openDesktop(workspace);
    journey = new Journey(desktop.page, 'run');
  });
  afterAll(async () => {
    await desktop?.close();
    rmSync(workspace, { recursive: true, force: true });
  });

  const choose = async (field: string, option: RegExp) => {
    await journey.at(field).click();
    await desktop.page.getByRole('option', { name: option }).click();
  };

  it('lets a planner be chosen, with the options of that planner', async () => {
    await journey.at('nav-rig').click();
    await journey.at('rig-pendulum').click();
    await journey.at('connect').click();
    await journey.phase('ready');
    await journey.at('nav-run').click();
    await journey.screenshot('setup');
    await choose('planner', /^Gradient shooting/);
    await journey.at('planner-smooth').waitFor();
    await choose('planner', /^CEM/);
    await expect.poll(() => journey.at('planner-smooth').count()).toBe(0);
    await journey.at('planner-horizon').fill('12');
    await journey.at('planner-candidates').fill('60');
    await journey.at('planner-more').click();
    await journey.at('planner-eliteShare').fill('0.15');
    await journey.screenshot('planner-options');
    await journey.at('planner-more').click();
    await journey.at('propagation-more').click();
    await journey.at('propagation-particles').fill('3');
    await choose('propagation-objective', /^Pessimistic/);
    await journey.screenshot('uncertainty-options');
  });

  it('shows how far a plan can be trusted while it runs', async () => {
    await journey.at('run-episodes').fill(String(EPISODES));
    await journey.at('run-start').click();
    await journey.at('certainty').waitFor();
    await expect.poll(() => journey.at('known-territory').textContent()).toMatch(/\d+ of 12 steps/);
    await expect.poll(() => journey.at('disagreement').textContent()).toMatch(/\d+ %/);
    expect(await journey.at('workload').textContent()).toMatch(/60 candidates × 3 particles × 12 steps/);
    expect(await journey.at('missed-in-row').textContent()).toMatch(/^\d+ \/ 10$/);
  });

  it('applies a slider that was moved, and says from which step on', async () => {
    const thumb = journey.at('adjust-pessimism-slider');
    await thumb.focus();
    for (let press = 0; press < 10; press += 1) await desktop.page.keyboard.press('ArrowRight');
    const asked = Number(await journey.at('adjust-pessimism').inputValue());
    expect(asked).toBeGreaterThan(2);
    const state = journey.at('adjust-state');
    await expect.poll(() => state.getAttribute('data-state')).toBe('applied');
    expect(await state.textContent()).toMatch(new RegExp(`^Step \\d+.*λ.*${asked}`));
    expect(Number(await journey.at('adjust-pessimism').inputValue())).toBe(asked);
    await journey.screenshot('adjusted');
    await desktop.page.emulateMedia({ colorScheme: 'dark' });
    await journey.screenshot('adjusted-dark');
    await desktop.page.emulateMedia({ colorScheme: 'light' });
  });

  it('maximises another reward on the same model when it is told to', async () => {
    await journey.at('new-reward').click();
    await journey.at('formula-reward').fill('-square(angle) - 0.01 * square(velocity');
    await journey.at('formula-reward-problem').waitFor();
    expect(await journey.at('reward-apply').isDisabled()).toBe(true);
    await journey.at('formula-reward').fill('-square(angle)');
    await journey.at('reward-apply').click();
    await expect.poll(() => journey.at('reward-state').getAttribute('data-state')).toBe('applied');
    await journey.screenshot('new-reward');
    await journey.at('run-finish').click();
    await journey.runEnds();
  });

  it('keeps what every plan said, for looking at it afterwards', async () => {
    const run = episodesIn(workspace).findLast(({ source }) => source === 'mpc');
    await journey.at('nav-episodes').click();
    await journey.at(`episode-${run?.id}`).click();
    await journey.at('episode-detail').getByText('Known territory').waitFor();
    await journey.at('episode-detail').getByText('adjusted', { exact: true }).first().waitFor();
    await journey.screenshot('episode');
  });

  it('plans with the true simulator, without a model', async () => {
    await journey.at('nav-run').click();
    await desktop.page.getByText('True simulator', { exact: true }).click();
    await journey.at('run-start').click();
    await journey.at('oracle').waitFor();
    await journey.screenshot('oracle');
    await journey.at('run-finish').click();
    await journey.runEnds();
  });
});
