import { describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { SILENT_MS } from '../../src/renderer/frame/rig-words';
import { descendantsOf, expectGone } from '../processes/family';
import { patientRig } from '../rig/patient-rig';
import { openBrowser } from './browser';
import { episodesIn, Journey } from './journey';
import { skipBrowser, skipDesktop } from './runtimes';
import { type BrowserStage, browserStage, desktopStage } from './stage';

/** Records one long episode that only a stop ends, or so many steps, and waits until it moves. */
async function recordLong(journey: Journey, { steps = 20_000, unattended = false } = {}): Promise<void> {
  const choose = (name: string) => journey.page.getByRole('switch', { name });
  await journey.at('nav-record').click();
  await journey.at('record-episodes').fill('1');
  await journey.at('record-steps').fill(String(steps));
  await choose("End where the task's termination").uncheck();
  if (unattended) await choose('Goes on without this window').check();
  await journey.at('record-start').click();
  await expect.poll(() => journey.at('record-step').textContent()).toMatch(/Step (\d{2,}) /);
}

/**
 * Esc while the core process does nothing, until the window says that the rig is not heard any more. Which came first tells
 * whether the stop needed the core: the last row that the rig measured, or the core's going on, seconds later.
 */
async function stopPastFrozenCore(journey: Journey, corePid: number, workspace: string): Promise<void> {
  let coreGoesOnAt: number;
  process.kill(corePid, 'SIGSTOP');
  try {
    await journey.page.keyboard.press('Escape');
    await journey.page.getByText('STOP sent').waitFor();
    await journey.page.getByText('what it does now is not known').waitFor();
    await journey.screenshot('not-heard');
  } finally {
    coreGoesOnAt = Date.now();
    process.kill(corePid, 'SIGCONT');
  }
  await journey.phase('stopped');
  await expect.poll(() => episodesIn(workspace).at(-1)?.state).not.toBe('recording');
  const episode = episodesIn(workspace).at(-1);
  const stoodAt = (episode?.startedAt ?? 0) + 1000 * (episode?.durationSeconds ?? 0);
  expect(stoodAt).toBeLessThan(coreGoesOnAt - SILENT_MS / 2);
}

describe.skipIf(skipDesktop)('a core in trouble, in the desktop window', () => {
  const stage = desktopStage('trouble', { begin: (journey) => journey.connect() });

  it('does not delay the e-stop key while it stands still', async () => {
    await recordLong(stage.journey);
    const [core] = await stage.desktop.processes(/core/);
    await stopPastFrozenCore(stage.journey, core as number, stage.workspace);
    await stage.journey.screenshot('stopped');
    await stage.journey.at('resume').click();
    await stage.journey.phase('ready');
  });

  it('is started again when it is killed, says so, and has kept the episode', async () => {
    await stage.journey.at('nav-record').click();
    await stage.journey.at('record-start').click();
    await expect.poll(() => stage.journey.at('record-step').textContent()).toMatch(/Step (\d{2,}) /);
    const [core] = await stage.desktop.processes(/core/);
    process.kill(core as number, 'SIGKILL');
    await stage.journey.page.getByText('The core ended unexpectedly and was started again').waitFor();
    await stage.journey.screenshot('core-killed');
    await expect.poll(async () => (await stage.desktop.processes(/core/))[0]).not.toBe(core);
    await expect.poll(() => stage.desktop.processes(/rig/i)).toEqual([]);
    await stage.journey.at('nav-episodes').click();
    const kept = episodesIn(stage.workspace).at(-1);
    expect(kept?.state).toBe('interrupted');
    expect(kept?.steps).toBeGreaterThan(5);
    await stage.journey.at(`episode-${kept?.id}`).waitFor();
    await stage.journey.connect();
  });

  it('is closed with the window, which asks first while something is recorded, and nothing is left running', async () => {
    await recordLong(stage.journey);
    const { app } = stage.desktop;
    const pids = await stage.desktop.processes(/./);
    expect(pids.length).toBeGreaterThan(2);
    const closeWindow = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await closeWindow();
    await stage.journey.at('closing-stay').waitFor();
    await stage.journey.screenshot('closing');
    await stage.journey.at('closing-stay').click();
    const step = async () =>
      Number(/\d+/.exec((await stage.journey.at('record-step').textContent()) ?? '')?.[0]);
    const before = await step();
    await expect.poll(step).toBeGreaterThan(before);
    // What ends meanwhile takes the question with it, and the next recording begins without it.
    await closeWindow();
    await stage.journey.at('closing-stay').waitFor();
    await stage.journey.page.keyboard.press('e');
    await expect.poll(() => stage.journey.at('closing-stay').count()).toBe(0);
    await recordLong(stage.journey);
    expect(await stage.journey.at('closing-stay').count()).toBe(0);
    // A reload is asked about as such, and is what then comes.
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.reload());
    await stage.journey.page.getByRole('button', { name: 'Hold and reload' }).click();
    await stage.journey.phase('held');
    await stage.journey.at('resume').click();
    await stage.journey.phase('ready');
    await recordLong(stage.journey);
    const closed = app.waitForEvent('close');
    await closeWindow();
    await stage.journey.at('closing-close').click();
    await closed;
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
    expect(episodesIn(stage.workspace).at(-1)).toMatchObject({ source: 'random', state: 'complete' });
  });
});

describe.skipIf(skipDesktop)('Electron whose main process is killed', () => {
  const stage = desktopStage('main-killed', { begin: (journey) => journey.connect() });

  it('leaves no process behind and the workspace free, with the episode that was being recorded', async () => {
    await recordLong(stage.journey);
    const main = stage.desktop.app.process().pid ?? Number.NaN;
    const family = descendantsOf(main);
    expect(family.length).toBeGreaterThan(2);
    const closed = stage.desktop.app.waitForEvent('close');
    process.kill(main, 'SIGKILL');
    await expectGone(family);
    await closed;
    const log = await openLog(stage.workspace);
    expect(await log.episodes()).toMatchObject([{ state: 'interrupted' }]);
    await log.close();
  });
});

describe.skipIf(skipBrowser)('a core in trouble, under foresight serve', () => {
  const stage = browserStage('serve-trouble', {
    fill: (workspace) => void patientRig(workspace, 'cartpole-balance'),
    begin: (journey) => journey.connect('patient-cartpole-balance'),
  });

  it('does not delay the e-stop key while it stands still', async () => {
    await recordLong(stage.journey);
    await stopPastFrozenCore(
      stage.journey,
      await coreUnder(stage.served.process.pid as number),
      stage.workspace,
    );
    await stage.journey.at('resume').click();
    await stage.journey.phase('ready');
  });

  it('is not there to hold the rig for a browser that was closed: the core misses it, and says so', async () => {
    await recordLong(stage.journey);
    await stage.browser.close();
    await expect.poll(() => episodesIn(stage.workspace).at(-1)?.state).toBe('interrupted');
    await comeBack(stage);
    await stage.journey.phase('held');
    expect(await stage.journey.at('reason').textContent()).toContain('the window that started it is gone');
    expect(await stage.journey.at('readback').getAttribute('data-confirmed')).toBe('true');
    await stage.journey.at('nav-episodes').click();
    await stage.journey.showEpisode(episodesIn(stage.workspace).at(-1)?.id);
    await stage.journey
      .at('episode-detail')
      .getByText('the window that started it is gone')
      .first()
      .waitFor();
    await stage.journey.screenshot('window-missed');
    await stage.journey.at('resume').click();
    await stage.journey.phase('ready');
  });

  it('goes on with a recording that was asked to go on without its window', async () => {
    await recordLong(stage.journey, { steps: 500, unattended: true });
    await stage.browser.close();
    const closedAt = Date.now();
    await expect.poll(() => episodesIn(stage.workspace).at(-1)?.state).not.toBe('recording');
    const { startedAt = 0, durationSeconds = 0 } = episodesIn(stage.workspace).at(-1) ?? {};
    expect(startedAt + 1000 * durationSeconds).toBeGreaterThan(closedAt + MISSED_WITHIN_MS);
    await comeBack(stage);
    await stage.journey.phase('ready');
    await stage.journey.at('nav-record').click();
    expect(await stage.journey.page.getByRole('switch', { name: 'Goes on without' }).isChecked()).toBe(false);
  });

  it('is started again when it is killed, and the browser is told', async () => {
    process.kill(await coreUnder(stage.served.process.pid as number), 'SIGKILL');
    await stage.journey.page.getByText('The core ended unexpectedly and was started again').waitFor();
    await stage.journey.connect('patient-cartpole-balance');
  });

  it('ends with Ctrl-C and exit code 0', async () => {
    expect(await stage.served.end()).toBe(0);
  });
});

/** Whoever is missed is missed within this time, and the rig is told to hold. */
const MISSED_WITHIN_MS = 1000;

/** Another browser on the same core, after the first was closed. */
async function comeBack(stage: BrowserStage): Promise<void> {
  stage.browser = await openBrowser(stage.served.address);
  stage.journey = new Journey(stage.browser.page, 'serve-again');
  await stage.journey.at('nav-rig').click();
  await stage.journey.at('disconnect').waitFor();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The core among the children of `foresight serve`. */
async function coreUnder(pid: number): Promise<number> {
  const { readFile } = await import('node:fs/promises');
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'))
    .trim()
    .split(' ')
    .map(Number);
  for (const child of children) {
    if ((await readFile(`/proc/${child}/cmdline`, 'utf8')).includes('core-process')) return child;
  }
  throw new Error('foresight serve has no core');
}
