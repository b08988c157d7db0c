import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { describe, expect, it } from 'vitest';
import { patientRig } from '../rig/patient-rig';
import { cli, episodesIn, type Journey } from './journey';
import { skipBrowser, skipDesktop } from './runtimes';
import { browserStage, desktopStage } from './stage';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RIG = 'patient-pendulum';
/** Seconds of learning; what the policy is worth after them is not judged. */
const STEPS = 600;
/** More than anybody waits for. */
const ENDLESS = '10000000';
/** The same, with a point of the curve every hundred steps. */
const LONG = '10000';
/** Minutes of the pendulum at its own pace, more than anybody needs. */
const EPISODES = '100';
/** What is looked at; the smaller one is where something may be cut off. */
const SIZES = [
  { width: 1440, height: 900 },
  { width: 1024, height: 700 },
] as const;

const fill = (workspace: string) => {
  const rig = patientRig(workspace, 'pendulum');
  cli('record', '--rig', rig, '--episodes', '2', '--hold-steps', '2', '--data', workspace);
  cli('train', '--name', 'first', '--epochs', '3', '--data', workspace);
};
const begin = async ({ page }: Journey) => {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize(SIZES[1]);
};

describe.skipIf(skipBrowser)('a policy in a browser, from learning to driving', () => {
  const stage = browserStage('policy', { fill, begin });
  policies(stage, { axe: true });
});

describe.skipIf(skipDesktop)('a policy in the desktop window, from learning to driving', () => {
  const stage = desktopStage('policy-desktop', { fill, begin });
  policies(stage, { axe: false });

  it('goes on driving when the learner is killed, which the room says, and what it had learned is kept', async () => {
    const at = (id: string) => stage.journey.at(id);
    await learns(stage.journey, 'bereft');
    const [learner] = await stage.desktop.processes(/learner/i);
    process.kill(learner as number, 'SIGKILL');
    await expect.poll(() => at('trust').getAttribute('data-tone')).toBe('bad');
    expect(await at('trust').textContent()).toContain('the last policy drives on, without exploring');
    await stage.journey.screenshot('learner-lost');
    await at('run-finish').click();
    await expect
      .poll(() => at('learned-kept').textContent())
      .toMatch(/^The learner was lost; its last policy is kept as “bereft”/);
  });
});

/** Starts a run that learns on the connected rig, and waits until what was learned drives. */
async function learns(journey: Journey, name: string): Promise<void> {
  const at = (id: string) => journey.at(id);
  await at('nav-run').click();
  await at('run-driver').getByText('Learner', { exact: true }).click();
  await at('run-learn-name').fill(name);
  await at('run-learn-steps').fill(LONG);
  if ((await at('run-learn-more').getAttribute('aria-expanded')) === 'false') {
    await at('run-learn-more').click();
    for (const [key, value] of [
      ['randomSteps', '20'],
      ['batchSize', '16'],
      ['hiddenUnits', '16'],
    ] as const)
      await at(`run-learn-${key}`).fill(value);
    await at('run-learn-more').click();
  }
  // Episodes of a second, so that there are some.
  await at('task-more').click();
  await at('task-steps').fill('20');
  await at('task-more').click();
  await journey.page.getByRole('switch', { name: 'Goes on without this window' }).check();
  await at('run-start').click();
  await expect.poll(() => at('learning-updates').textContent()).toMatch(/[1-9]/);
  await expect.poll(() => at('trust').getAttribute('data-tone')).toMatch(/good|tight/);
}

/** The way of a policy through the rooms. `axe`: whether it is looked at as well; what Electron draws is the same. */
function policies(stage: { workspace: string; journey: Journey }, { axe }: { axe: boolean }): void {
  const at = (id: string) => stage.journey.at(id);
  const page = () => stage.journey.page;
  const choose = async (field: string, option: string | RegExp) => {
    await at(field).click();
    await page().getByRole('option', { name: option, exact: true }).click();
  };
  const listed = () => page().getByTestId('policy-list').getByText('tiny', { exact: true });

  /** Axe finds nothing in either colours, and nothing is wider than the window, at either size. */
  async function isClean(shot: string): Promise<void> {
    for (const size of SIZES) {
      await page().setViewportSize(size);
      for (const colorScheme of ['dark', 'light'] as const) {
        await page().emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await stage.journey.screenshot(`${shot}-${size.width}-${colorScheme}`);
        if (axe && size === SIZES[1]) expect(await findings()).toEqual([]);
      }
      const beyond = await page().evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(beyond).toBeLessThanOrEqual(0);
    }
  }

  async function findings(): Promise<string[]> {
    // What fades in has half its colours.
    const fading = 'document.getAnimations().filter((one) => one instanceof CSSTransition).length';
    await expect.poll(() => page().evaluate(fading)).toBe(0);
    await page().evaluate(AXE);
    const { violations } = await page().evaluate<AxeResults>('axe.run()');
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }

  it('is offered in Run before there is one, which says where it is learned', async () => {
    await at('nav-rig').click();
    await at(`rig-${RIG}`).click();
    await at('connect').click();
    await stage.journey.phase('ready');
    await at('nav-run').click();
    await at('no-policy').waitFor();
    expect(await page().getByRole('radio', { name: 'Policy', exact: true }).isDisabled()).toBe(true);
    await isClean('none');
    await at('learn-in-models').click();
    await at('learn-start').waitFor();
  });

  it('refuses an option out of its range at the form, and offers a model where one is of use', async () => {
    await choose('learn-algorithm', 'Fitted value');
    await at('learn-model').waitFor();
    await choose('learn-algorithm', 'SAC');
    await at('learn-steps').fill('0');
    await at('learn-missing').waitFor();
    expect(await at('learn-start').isDisabled()).toBe(true);
    await isClean('refused');
  });

  it('is cancelled while it learns, and goes on from where it was when it is resumed', async () => {
    await at('learn-steps').fill(ENDLESS);
    await at('learn-more').click();
    await at('learn-randomSteps').fill('100');
    await at('learn-hiddenUnits').fill('16');
    await at('learn-more').click();
    await at('learn-name').fill('tiny');
    await at('learn-start').click();
    const checkpoints = join(stage.workspace, 'checkpoints', 'policies');
    const kept = () => {
      try {
        return readdirSync(checkpoints).filter((file) => file.endsWith('.safetensors')).length;
      } catch {
        return 0;
      }
    };
    await expect.poll(kept).toBe(1);
    await at('train-cancel').click();
    const job = () => at('job').getByTestId('train-resume');
    await job().waitFor();
    expect(await at('job-state').textContent()).toBe('cancelled');
    const step = async () => Number((await at('job-epoch').textContent())?.replace(/ of .*|\D/g, ''));
    await job().click();
    await at('train-cancel').waitFor();
    // From the checkpoint, which is behind what was cancelled and never at the beginning.
    await expect.poll(step).toBeGreaterThan(0);
    expect(kept()).toBe(1);
    await stage.journey.screenshot('resumed');
    await at('train-cancel').click();
    await job().waitFor();
  });

  it('is learned in simulation with the options that were entered, and shows its curve and what it earns', async () => {
    await at('learn-steps').fill(String(STEPS));
    await at('learn-start').click();
    await listed().waitFor();
    await expect
      .poll(() => at('policy-evaluation').textContent())
      .toMatch(/^Mean return \S+ over 10 episodes in simulation; .* 95 % confidence\.$/);
    await page().getByRole('img', { name: 'Return over steps' }).first().waitFor();
    const { policies: known } = cli('policy', 'list', '--data', stage.workspace) as {
      policies: { algorithm: object; steps: number; rig: string }[];
    };
    expect(known).toMatchObject([
      { rig: RIG, steps: STEPS, algorithm: { name: 'sac', randomSteps: 100, hiddenUnits: 16 } },
    ]);
    await isClean('learned');
  });

  it('is removed, and back with Undo in the notice', async () => {
    await at('remove-policy').click();
    await listed().waitFor({ state: 'detached' });
    await page().getByText('Policy tiny removed.').waitFor();
    await stage.journey.screenshot('removed');
    await at('notice-action').click();
    await listed().waitFor();
  });

  it('is exported, and says how far the file is from its own actions', async () => {
    await at('export-policy').click();
    await at('policy-export-file').waitFor();
    expect(await at('policy-export-file').textContent()).toMatch(/tiny-[0-9a-f]{8}\.onnx$/);
    await page()
      .getByText(/Largest difference from the app's own actions: .* simulated states/)
      .waitFor();
  });

  it('drives without a model, and says whether it knows the states it is in', async () => {
    await at('policy-use-in-run').click();
    await at('run-setup').waitFor();
    await at('run-driver').getByText('Policy', { exact: true }).click();
    await page().getByRole('switch', { name: 'Imagined in a model' }).uncheck();
    await start();
    await expect.poll(() => at('driving').textContent()).toBe('The policy drives');
    await expect.poll(() => at('trust').textContent()).toMatch(/^Does the policy know such states\?/);
    await isClean('acting');
    await finish();
    expect(episodesIn(stage.workspace).at(-1)).toMatchObject({ source: 'policy' });
  });

  it('gives way to a planner that thinks along, and drives again, without a stop', async () => {
    await page().getByRole('switch', { name: 'Imagined in a model' }).check();
    await stage.journey.expert();
    await page().getByRole('switch', { name: 'The planner thinks along' }).check();
    await isClean('setup');
    await start();
    await at('certainty').waitFor();
    await at('beside').waitFor();
    await isClean('beside');
    // The form scrolls: what is in it keeps its height, the bar included.
    const bar = page().getByRole('progressbar', { name: 'Steps of the episode' });
    expect((await bar.boundingBox())?.height).toBeGreaterThan(2);
    await at('switch-driver').getByText('Planner', { exact: true }).click();
    await expect.poll(() => at('driving').textContent()).toMatch(/^(?!The policy).* drives$/);
    await at('switch-driver').getByText('Policy', { exact: true }).click();
    await expect.poll(() => at('driving').textContent()).toBe('The policy drives');
    await at('run-step').waitFor();
    await finish();
  });

  it('is learned on the rig while it moves, is stopped by STOP, kept, evaluated, and drives then', async () => {
    await at('nav-run').click();
    await at('run-driver').getByText('Learner', { exact: true }).click();
    await isClean('learner');
    await learns(stage.journey, 'alive');
    await expect.poll(() => at('trust').textContent()).toMatch(/^Does the learner keep up\?/);
    await page().getByRole('img', { name: 'Return per episode' }).waitFor();
    expect(await at('left-out').textContent()).toContain('a stop by a person is no transition');
    await isClean('learning');
    await at('estop').click();
    await stage.journey.phase('stopped');
    await expect.poll(() => at('learned-kept').textContent()).toMatch(/^Kept as policy “alive”: \d/);
    expect(await at('trust').textContent()).toMatch(/^Did the learner keep up\?/);
    await isClean('learned-here');
    await at('learned-evaluate').click();
    await expect.poll(() => at('learned-evaluation').textContent()).toMatch(/^Mean return .* in simulation/);
    await at('resume').click();
    await stage.journey.phase('ready');
    await at('learned-drive').click();
    await expect.poll(() => at('run-policy').inputValue()).toBe('alive');
    await stage.journey.expert();
    await page().getByRole('switch', { name: 'The planner thinks along' }).uncheck();
    await page().getByRole('switch', { name: 'Imagined in a model' }).uncheck();
    await start();
    await expect.poll(() => at('driving').textContent()).toBe('The policy drives');
    await finish();
  });

  async function start(): Promise<void> {
    await stage.journey.expert();
    await at('run-episodes').fill(EPISODES);
    // A busy computer may not hear its window for a second, which would end the run that is looked at.
    await page().getByRole('switch', { name: 'Goes on without this window' }).check();
    await at('run-start').click();
    await at('run-step').waitFor();
  }

  async function finish(): Promise<void> {
    await at('run-finish').click();
    await stage.journey.runEnds();
  }
}
