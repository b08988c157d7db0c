import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SILENT_MS } from '../../src/renderer/frame/rig-words';
import { type Browser, openBrowser, type Served, startServe } from './browser';
import { type Desktop, openDesktop } from './desktop';
import { episodesIn, Journey } from './journey';
import { skipBrowser, skipDesktop } from './runtimes';

/** Records one long episode that only a stop ends, and waits until it moves. */
async function recordLong(journey: Journey): Promise<void> {
  await journey.at('nav-record').click();
  await journey.at('record-episodes').fill('1');
  await journey.at('record-steps').fill('20000');
  await journey.page.getByRole('switch', { name: "End where the task's termination" }).uncheck();
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
  let workspace: string;
  let desktop: Desktop;
  let journey: Journey;
  beforeAll(async () => {
    workspace = mkdtempSync(join(tmpdir(), 'foresight-e2e-'));
    desktop = await openDesktop(workspace);
    journey = new Journey(desktop.page, 'trouble');
    await journey.connect();
  });
  afterAll(async () => {
    await desktop?.close();
    rmSync(workspace, { recursive: true, force: true });
  });

  it('does not delay the e-stop key while it stands still', async () => {
    await recordLong(journey);
    const [core] = await desktop.processes(/core/);
    await stopPastFrozenCore(journey, core as number, workspace);
    await journey.screenshot('stopped');
    await journey.at('resume').click();
    await journey.phase('ready');
  });

  it('is started again when it is killed, says so, and has kept the episode', async () => {
    await journey.at('nav-record').click();
    await journey.at('record-start').click();
    await expect.poll(() => journey.at('record-step').textContent()).toMatch(/Step (\d{2,}) /);
    const [core] = await desktop.processes(/core/);
    process.kill(core as number, 'SIGKILL');
    await journey.page.getByText('The core ended unexpectedly and was started again').waitFor();
    await journey.screenshot('core-killed');
    await expect.poll(async () => (await desktop.processes(/core/))[0]).not.toBe(core);
    await expect.poll(() => desktop.processes(/rig/i)).toEqual([]);
    await journey.at('nav-episodes').click();
    const kept = episodesIn(workspace).at(-1);
    expect(kept?.state).toBe('interrupted');
    expect(kept?.steps).toBeGreaterThan(5);
    await journey.at(`episode-${kept?.id}`).waitFor();
    await journey.connect();
  });

  it('is closed with the window: the rig holds, nothing is left running', async () => {
    const pids = await desktop.processes(/./);
    expect(pids.length).toBeGreaterThan(2);
    await desktop.close();
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });
});

describe.skipIf(skipBrowser)('a core in trouble, under foresight serve', () => {
  let workspace: string;
  let served: Served;
  let browser: Browser;
  let journey: Journey;
  beforeAll(async () => {
    workspace = mkdtempSync(join(tmpdir(), 'foresight-e2e-'));
    served = await startServe(workspace);
    browser = await openBrowser(served.address);
    journey = new Journey(browser.page, 'serve-trouble');
    await journey.connect();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
    rmSync(workspace, { recursive: true, force: true });
  });

  it('does not delay the e-stop key while it stands still', async () => {
    await recordLong(journey);
    await stopPastFrozenCore(journey, await coreUnder(served.process.pid as number), workspace);
    await journey.at('resume').click();
    await journey.phase('ready');
  });

  it('is started again when it is killed, and the browser is told', async () => {
    process.kill(await coreUnder(served.process.pid as number), 'SIGKILL');
    await journey.page.getByText('The core ended unexpectedly and was started again').waitFor();
    await journey.connect();
  });

  it('ends with Ctrl-C and exit code 0', async () => {
    expect(await served.end()).toBe(0);
  });
});

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
