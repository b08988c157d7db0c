import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FileChooser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { HANGS_MS } from '../../vitest.config';
import { root } from './runtimes';

/** Rounds of "learn, run, learn from the run"; the method needs one to three to balance a whole episode. */
const ROUNDS = 3;
const BALANCED_RETURN = 200;

/** Whatever is waited for comes, also on a computer that is busy with something else; it is not judged when. */
export const PATIENCE_MS = HANGS_MS / 2;

/** For what may have gone since it was seen. */
const SOON_MS = 5000;

/** The technician's way through the rooms, by what is on the screen. */
export class Journey {
  private shots = 0;

  constructor(
    readonly page: Page,
    private readonly name: string,
  ) {
    page.setDefaultTimeout(PATIENCE_MS);
  }

  at(id: string) {
    return this.page.getByTestId(id);
  }

  /** Opens the system's dialog for files with the button `id`, and chooses in it. @param before what happens while it is open */
  async choose(
    id: string,
    files: Parameters<FileChooser['setFiles']>[0],
    before = async () => {},
  ): Promise<void> {
    const asked = this.page.waitForEvent('filechooser');
    await this.at(id).click();
    const dialog = await asked;
    await before();
    await dialog.setFiles(files);
  }

  /** Chooses an episode in the list by its number: other cells of its row do something of their own. */
  async showEpisode(id: number | undefined): Promise<void> {
    await this.at(`episode-${id}`).click({ position: { x: 60, y: 12 } });
  }

  /** Kept as a test artefact; the README's pictures are some of them. */
  async screenshot(what: string): Promise<void> {
    const folder = join(root, 'test-results', 'screenshots');
    mkdirSync(folder, { recursive: true });
    this.shots += 1;
    const number = String(this.shots).padStart(2, '0');
    await this.page.screenshot({ path: join(folder, `${this.name}-${number}-${what}.png`) });
  }

  /**
   * Connects the cart-pole on a serial port, where the simulated firmware sits at the other end, or a simulated rig; that one as fast
   * as the computer allows, where it does not matter how fast that is.
   */
  async connect(rig?: string, { lockstep = false } = {}): Promise<void> {
    await this.at('nav-rig').click();
    await this.at(`rig-${rig ?? 'cartpole-serial'}`).click();
    if (rig === undefined) {
      await this.at('port').click();
      await this.page.getByRole('option', { name: 'Simulated firmware' }).click();
    }
    if (lockstep) await this.at('mode').getByText('Lockstep').click();
    await this.at('connect').click();
    await this.at('disconnect').waitFor();
    await this.phase('ready');
  }

  /** In the room Run: episodes of so many steps. */
  async episodesOf(steps: number): Promise<void> {
    await this.at('task-more').click();
    await this.at('task-steps').fill(String(steps));
    await this.at('task-more').click();
  }

  async phase(phase: string): Promise<void> {
    await this.page.locator(`[data-testid=phase][data-phase=${phase}]`).waitFor();
  }

  /**
   * Records random motion until there are so many whole episodes. A busy computer may hold the rig in between, because its
   * loop stood still or this window was not heard: then it goes on as a person does.
   * @param unattended whether it goes on where this window is not heard
   */
  async record(episodes: number, workspace: string, { unattended = false } = {}): Promise<void> {
    const whole = () =>
      episodesIn(workspace).filter(({ source, state }) => source === 'random' && state === 'complete');
    await this.at('nav-record').click();
    for (let left = episodes; left > 0; left = episodes - whole().length) {
      await this.at('record-episodes').fill(String(left));
      if (unattended) await this.page.getByRole('switch', { name: 'Goes on without this window' }).check();
      await this.at('record-start').click();
      await this.at('record-step').waitFor();
      await this.at('record-start').waitFor();
      await this.resumeIfHeld();
    }
  }

  /** Begins to record, as a person does: again where a busy core had not heard this window yet, or held the rig since. */
  async beginRecording(): Promise<void> {
    const recording = async () => {
      await this.pressIfThere('resume');
      await this.pressIfThere('record-start');
      return this.at('record-step').count();
    };
    await expect.poll(recording, { interval: 1000 }).toBe(1);
  }

  /** A busy computer may have held the rig meanwhile, and ended the episode with it, or its steps are over. */
  async endRecording(): Promise<void> {
    const ended = async () => {
      await this.pressIfThere('record-finish');
      return this.at('record-start').count();
    };
    await expect.poll(ended, { interval: 500 }).toBe(1);
  }

  /** Presses a button that may go away, or be disabled, between a look and the click. */
  async pressIfThere(id: string): Promise<void> {
    const button = this.at(id);
    if ((await button.count()) === 0 || (await button.isDisabled({ timeout: SOON_MS }).catch(() => true)))
      return;
    await button.click({ timeout: SOON_MS }).catch(() => {});
  }

  /** Trains on everything recorded; ends when the new model is there with its verdict. */
  async train(name: string): Promise<void> {
    await this.at('nav-models').click();
    await this.at('train-name').fill(name);
    await this.at('train-start').click();
    await this.page.getByTestId('model-list').getByText(name, { exact: true }).click();
    await this.at('verdict').waitFor();
  }

  /** @param unattended whether it goes on where this window is not heard */
  async startRun({ unattended = false } = {}): Promise<void> {
    await this.at('use-in-run').click();
    await this.beginRun({ unattended });
  }

  /** In the room Run, as {@link startRun}. */
  private async beginRun({ unattended = false } = {}): Promise<void> {
    if (unattended) await this.expert();
    // What held the rig may be told only now, and a busy core refuses what begins before it has heard this window.
    const begun = async () => {
      await this.pressIfThere('resume');
      if ((await this.at('run-step').count()) > 0) return 1;
      if (unattended && (await this.at('run-start').isEnabled()))
        await this.page.getByRole('switch', { name: 'Goes on without this window' }).check();
      await this.pressIfThere('run-start');
      return this.at('run-step').count();
    };
    await expect.poll(begun, { interval: 1000 }).toBe(1);
  }

  /** Opens what only an expert changes, in the Run room. */
  async expert(): Promise<void> {
    const part = this.at('expert');
    if ((await part.getAttribute('aria-expanded')) === 'false') await part.click();
  }

  async runEnds(): Promise<void> {
    await this.at('run-start').waitFor();
  }

  /**
   * Trains, lets the model balance the pole, and learns again from what went wrong, until it stands for a whole episode or
   * the rounds are over. How long it stands is not judged: plans come late beside a busy neighbour. That the method
   * balances a pole is shown where time stands still for it, in lockstep.
   */
  async balance(workspace: string): Promise<void> {
    let best = 0;
    for (let round = 1; round <= ROUNDS && best < BALANCED_RETURN; round += 1) {
      await this.train(`round ${round}`);
      await this.screenshot(`model-${round}`);
      const run = await this.runOnce(workspace, `run-${round}`);
      expect(run.steps).toBeGreaterThan(0);
      best = Math.max(best, run.return);
      await this.resumeIfHeld();
    }
  }

  /**
   * One run with a model, of which an episode is kept; it goes on where a window that draws without a graphics card is not
   * heard. What holds the rig while a run still prepares leaves none: then it is begun again, as a person does.
   */
  private async runOnce(workspace: string, screenshot: string): Promise<EpisodeRow> {
    const before = episodesIn(workspace).at(-1)?.id ?? 0;
    await this.at('use-in-run').click();
    for (;;) {
      await this.beginRun({ unattended: true });
      // A first model may let the pole fall before there is anything to see.
      const streams = this.page.getByTestId('run-step').filter({ hasText: /Step \d{2,} / });
      await streams.or(this.at('run-start')).first().waitFor();
      await this.screenshot(screenshot);
      await this.runEnds();
      const run = episodesIn(workspace).at(-1);
      if (run !== undefined && run.id > before) {
        expect(run.source).toBe('mpc');
        return run;
      }
      await this.screenshot(`${screenshot}-none-kept`);
      await this.resumeIfHeld();
    }
  }

  private async resumeIfHeld(): Promise<void> {
    if ((await this.at('phase').getAttribute('data-phase')) !== 'held') return;
    await this.at('resume').click();
    await this.phase('ready');
  }

  async exportModel(): Promise<string> {
    await this.at('nav-models').click();
    await this.at('export-model').click();
    await this.at('export-result').waitFor();
    return (await this.at('export-file').textContent()) ?? '';
  }
}

export interface EpisodeRow {
  id: number;
  source: string;
  state: string;
  steps: number;
  /** Milliseconds since 1970. */
  startedAt: number;
  durationSeconds: number;
  return: number;
  missedPlans: number;
}

/** What the workspace's log holds, by the command line. */
export function episodesIn(workspace: string): EpisodeRow[] {
  return (cli('episode', 'list', '--data', workspace) as { episodes: EpisodeRow[] }).episodes;
}

export function cli(...args: string[]): unknown {
  const program = join(root, 'out/main/cli.js');
  return JSON.parse(execFileSync(process.execPath, [program, ...args, '--json'], { encoding: 'utf8' }));
}
