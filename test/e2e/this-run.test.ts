import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { patientRig } from '../rig/patient-rig';
import { cli, episodesIn } from './journey';
import { skipDesktop } from './runtimes';
import { desktopStage } from './stage';

const SIZES = [
  { width: 1024, height: 700 },
  { width: 1440, height: 900 },
  { width: 2560, height: 1440 },
] as const;
/** More steps than anybody waits for: only a person or a lost rig ends the run. */
const STEPS = '100000';

/** The patient twin of the cart-pole on a serial port, with a patient plant. */
function patientSerial(workspace: string): void {
  patientRig(workspace, 'cartpole-balance');
  const path = join(patientRig(workspace, 'cartpole-serial'), 'rig.json');
  const file = JSON.parse(readFileSync(path, 'utf8'));
  file.serial.simulation = '../patient-cartpole-balance';
  file.scene.model = '../patient-cartpole-balance/cartpole.xml';
  writeFileSync(path, JSON.stringify(file));
}

describe.skipIf(skipDesktop)('this run', () => {
  const stage = desktopStage('this-run', {
    fill: (workspace) => {
      const rig = patientRig(workspace, 'pendulum');
      patientSerial(workspace);
      cli('record', '--rig', rig, '--episodes', '3', '--hold-steps', '2', '--data', workspace);
      cli('train', '--name', 'swing', '--epochs', '30', '--data', workspace);
      cli('record', '--rig', 'cartpole-balance', '--episodes', '12', '--data', workspace);
      cli('train', '--rig', 'cartpole-balance', '--name', 'balance', '--epochs', '20', '--data', workspace);
    },
  });
  const at = (id: string) => stage.journey.at(id);

  /** The room as it is, at every size and in both colours; nothing may stick out of the window. */
  async function pictures(what: string): Promise<void> {
    const { page } = stage.journey;
    for (const size of SIZES) {
      await page.setViewportSize(size);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await stage.journey.screenshot(`${what}-${size.width}-${colorScheme}`);
      }
      expect(await outside()).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(SIZES[1]);
  }

  /** What sticks out of the window to the right or below, is wider than the part it stands in, or is said in part only. */
  const outside = () =>
    stage.journey.page.evaluate(() => {
      const found: string[] = [];
      const name = (element: Element) => element.getAttribute('data-testid') ?? element.className;
      for (const element of document.querySelectorAll('button, h2, input, [data-testid], .run-room > *')) {
        const { right, bottom, width, height } = element.getBoundingClientRect();
        if (width === 0 || height === 0) continue;
        const scrolls = element.closest(
          '.run-form, .planning-figures, .advice, .prediction, .panel-body, .run-left',
        );
        if (right > window.innerWidth + 1 || (bottom > window.innerHeight + 1 && !scrolls))
          found.push(name(element));
      }
      for (const part of document.querySelectorAll(
        '.run-form, .run-trust .panel-body, .run-left, .drawer-body, .result-card',
      )) {
        if (part.scrollWidth > part.clientWidth + 1) found.push(`${part.className} scrolls sideways`);
      }
      for (const words of document.querySelectorAll('[data-testid="reason"], .estop-words')) {
        const bar = words.closest('.estop-bar')?.getBoundingClientRect().bottom ?? 0;
        if (words.scrollHeight > words.clientHeight + 1 || words.getBoundingClientRect().bottom > bar)
          found.push('the safety bar cuts its sentence');
      }
      return found;
    });

  const connect = async (rig: string, port?: string) => {
    await at('nav-rig').click();
    await at(`rig-${rig}`).click();
    if (port) {
      await at('port').click();
      await stage.journey.page.getByRole('option', { name: port }).click();
    }
    await at('connect').click();
    await stage.journey.phase('ready');
    await at('nav-run').click();
  };
  /** Long, and going on where a busy computer does not hear its window. */
  const start = async () => {
    if ((await at('task-more').getAttribute('aria-expanded')) === 'false') await at('task-more').click();
    await at('formula-termination').fill('');
    await at('task-steps').fill(STEPS);
    await at('task-more').click();
    await stage.journey.expert();
    await stage.journey.page.getByRole('switch', { name: 'Goes on without this window' }).check();
    await at('run-start').click();
    await expect.poll(() => at('run-step').textContent()).toMatch(/Step \d{2,} /);
    await at('certainty').waitFor();
  };

  it('begins with the model, its verdict, the task and Start', async () => {
    await connect('patient-pendulum');
    await at('run-verdict').waitFor();
    expect(await at('run-start').isEnabled()).toBe(true);
    expect(await at('planner-horizon').isVisible()).toBe(false);
    await pictures('before');
  });

  it('refuses a number out of range at its field, keeps it as it was typed, also over a reload', async () => {
    const { page } = stage.journey;
    await stage.journey.expert();
    await at('planner-horizon').fill('0');
    await page.getByText('Enter a whole number from 1 to 200.').waitFor();
    expect(await at('run-start').isDisabled()).toBe(true);
    expect(await at('run-problem').textContent()).toBe('Horizon must be a whole number from 1 to 200.');
    await at('planner-horizon').fill('12');
    await at('planner-budget').click();
    await page.getByRole('option', { name: 'Fixed' }).click();
    await at('planner-candidates').fill('99999');
    await at('planner-horizon').focus();
    expect(await at('planner-candidates').inputValue()).toBe('99999');
    await stage.journey.screenshot('refused');
    await page.reload();
    await at('planner-candidates').waitFor();
    expect(await at('planner-candidates').inputValue()).toBe('99999');
    expect(await at('run-problem').textContent()).toBe('Candidates must be a whole number from 2 to 20000.');
    await at('planner-candidates').fill('60');
    await expect.poll(() => at('run-start').isEnabled()).toBe(true);
  });

  it('shows while it runs whether the plan can be trusted, and the robot with its past and futures', async () => {
    await start();
    await expect.poll(() => at('trust').getAttribute('data-tone')).toMatch(/good|tight|bad/);
    expect(await at('expected-return').textContent()).toContain("of the task's reward");
    await at('expert').click();
    await expect.poll(() => at('run-step').textContent()).toMatch(/Step \d{3,} /);
    await pictures('during');
  });

  it('stands still at its end, with what it came to and where to go from there', async () => {
    await at('run-finish').click();
    await at('result-return').waitFor();
    const run = episodesIn(stage.workspace).at(-1);
    expect((await at('result-steps').textContent())?.replace(/\D/g, '')).toBe(String(run?.steps));
    expect(await at('run-view').getAttribute('data-view')).toBe('ended');
    await at('certainty').waitFor();
    await at('prediction-charts').waitFor();
    await pictures('ended');
    await at('result-train').click();
    await at('train-start').waitFor();
    await at('nav-run').click();
    await at('result-open').click();
    await at('episode-detail').waitFor();
    await at('nav-run').click();
    expect(await at('run-start').textContent()).toBe('Run again');
  });

  it('opens the drawer with the advice by itself where plans come too late', async () => {
    await stage.journey.expert();
    await at('planner-more').click();
    await at('planner-minimumMs').fill('200');
    // A busy computer may have opened it before.
    if ((await at('drawer').getAttribute('data-open')) === 'true') await at('drawer-toggle').click();
    await start();
    await at('late-advice').waitFor();
    expect(await at('drawer').getAttribute('data-open')).toBe('true');
    expect(await at('late-advice').textContent()).toContain('set “Takes at least” to 0');
    expect(await at('trust').getAttribute('data-tone')).toBe('bad');
    await stage.journey.screenshot('late');
    await at('run-finish').click();
    await at('result-return').waitFor();
    await at('result-close').click();
    await expect.poll(() => at('run-view').getAttribute('data-view')).toBe('setup');
    await stage.journey.expert();
    await at('planner-more').click();
    await at('planner-minimumMs').fill('0');
  });

  it('does not start a model of another rig, and says so at the button', async () => {
    await at('nav-rig').click();
    await at('disconnect').click();
    await connect('patient-cartpole-serial', 'Simulated firmware');
    await at('run-model').click();
    await stage.journey.page.getByRole('option', { name: /^swing/ }).click();
    expect(await at('run-start').isDisabled()).toBe(true);
    expect(await at('run-problem').textContent()).toMatch(/“swing” is a model of patient-pendulum/);
    await stage.journey.screenshot('other-rig');
    await at('run-model').click();
    await stage.journey.page.getByRole('option', { name: /^balance/ }).click();
  });

  it('keeps what was seen of a rig that is lost, and reconnects with what was chosen', async () => {
    await start();
    await at('expert').click();
    const [firmware] = await stage.desktop.processes(/firmware/);
    process.kill(firmware as number, 'SIGKILL');
    await at('lost-rig').waitFor();
    await at('result-return').waitFor();
    expect(await at('result').getAttribute('data-cut')).toBe('true');
    expect(await at('run-problem').textContent()).toContain('reconnect first');
    for (const evidence of ['scene', 'certainty', 'prediction-charts']) await at(evidence).waitFor();
    await pictures('lost');
    await at('nav-record').click();
    await at('lost-rig').waitFor();
    expect(await at('value-cart_position').textContent()).toMatch(/\d/);
    await stage.journey.screenshot('lost-record');
    await at('reconnect').click();
    await stage.journey.phase('ready');
    await expect.poll(() => at('lost-rig').count()).toBe(0);
    await at('nav-run').click();
    await expect.poll(() => at('run-start').isEnabled()).toBe(true);
  });
});
