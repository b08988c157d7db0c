import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { patientRig } from '../rig/patient-rig';
import { cli, episodesIn, type Journey, PATIENCE_MS } from './journey';
import { Keyboard } from './keyboard';
import { skipBrowser, skipDesktop } from './runtimes';
import { browserStage, desktopStage } from './stage';

/** More elements than any room has that Tab reaches. */
const MOST_TABS = 150;

/** Tab until an element has the focus, as who has no mouse goes there. */
async function tabTo({ page }: Journey, id: string): Promise<void> {
  const at = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
  for (let presses = 0; presses < MOST_TABS && (await at()) !== id; presses++)
    await page.keyboard.press('Tab');
  expect(await at()).toBe(id);
}

async function press(journey: Journey, id: string): Promise<void> {
  await journey.at(id).waitFor();
  await tabTo(journey, id);
  await journey.page.keyboard.press('Enter');
}

/** A rig is connected, recorded with, lost and connected again, and no mouse is touched. */
async function loses(journey: Journey, firmware: () => Promise<number>): Promise<void> {
  const { keyboard } = journey.page;
  await journey.at('estop').waitFor();
  await keyboard.press('1');
  await press(journey, 'rig-cartpole-serial');
  await tabTo(journey, 'port');
  await keyboard.press('Enter');
  const chosen = journey.page.locator('[role=option][data-combobox-selected]');
  await journey.page.getByRole('option').first().waitFor();
  for (let presses = 0; presses < 20; presses++) {
    await keyboard.press('ArrowDown');
    if ((await chosen.textContent())?.includes('Simulated firmware')) break;
  }
  await keyboard.press('Enter');
  await press(journey, 'connect');
  await journey.phase('ready');
  await keyboard.press('2');
  await tabTo(journey, 'record-start');
  // Pressed again until it worked: a busy core refuses what begins before it has heard this window.
  const records = async () => {
    if ((await journey.at('record-step').count()) === 0) await keyboard.press('r');
    return journey.at('record-step').count();
  };
  await expect.poll(records, { interval: 1000, timeout: PATIENCE_MS }).toBe(1);
  process.kill(await firmware(), 'SIGKILL');
  await journey.at('lost-rig').waitFor();
  expect(await journey.at('value-cart_position').textContent()).toMatch(/\d/);
  await press(journey, 'reconnect');
  await journey.phase('ready');
  await expect.poll(() => journey.at('lost-rig').count()).toBe(0);
  await tabTo(journey, 'estop');
  await keyboard.press('Enter');
  await journey.phase('stopped');
}

const RIG = 'patient-pendulum';
const fill = (workspace: string) => {
  const rig = patientRig(workspace, 'pendulum');
  cli('record', '--rig', rig, '--episodes', '2', '--hold-steps', '2', '--data', workspace);
  cli('train', '--name', 'swing', '--epochs', '3', '--data', workspace);
};

/** A run whose plans come too late is started, read, mended and started again, and no mouse is touched. */
async function comesLate(journey: Journey, workspace: string): Promise<void> {
  const { page } = journey;
  const at = (id: string) => journey.at(id);
  const keys = new Keyboard(page);
  const opens = async (part: string) => {
    if ((await at(part).getAttribute('aria-expanded')) === 'false') await keys.enter(at(part));
  };
  const setsMinimum = async (ms: string) => {
    await opens('expert');
    await opens('planner-more');
    await keys.fill(at('planner-minimumMs'), ms);
  };
  const starts = async () => {
    await keys.to(page.getByRole('switch', { name: 'Goes on without this window' }));
    await keys.press(' ');
    await keys.enter(at('run-start'));
    await expect.poll(() => at('run-step').textContent()).toMatch(/Step \d{2,} /);
  };
  await at('estop').waitFor();
  await keys.press('1');
  await keys.enter(at(`rig-${RIG}`));
  await keys.enter(at('connect'));
  await journey.phase('ready');
  await keys.press('5');
  await keys.enter(at('task-more'));
  await keys.fill(at('task-steps'), '100000');
  await keys.enter(at('task-more'));
  await setsMinimum('200');
  await starts();
  await at('late-advice').waitFor();
  await expect.poll(() => at('trust').getAttribute('data-tone')).toBe('bad');
  // The advice is read where it stands, and the drawer is closed and opened again.
  await keys.to(at('late-advice'));
  await expect.poll(() => at('late-advice').textContent()).toContain('set “Takes at least” to 0');
  await keys.enter(at('drawer-toggle'));
  await at('late-advice').waitFor({ state: 'detached' });
  await keys.enter(at('drawer-toggle'));
  await at('late-advice').waitFor();
  await journey.screenshot('late');
  await keys.enter(at('run-finish'));
  await at('result-return').waitFor();
  // None may have been missed: on a quick and even computer every plan covers the steps that the next one takes.
  const missed = () => String(episodesIn(workspace).at(-1)?.missedPlans);
  await expect.poll(() => at('result-missed').textContent()).toBe(missed());
  await setsMinimum('0');
  await starts();
  await keys.enter(at('run-finish'));
  await at('result-return').waitFor();
  await keys.enter(at('result-close'));
  await expect.poll(() => at('run-view').getAttribute('data-view')).toBe('setup');
  await keys.press('1');
  await keys.enter(at('disconnect'));
  await at('connect').waitFor();
}

describe.skipIf(skipDesktop)('by keyboard alone, in the desktop window', () => {
  const stage = desktopStage('keyboard-desktop', { fill });

  it('late plans are met, understood and mended', () => comesLate(stage.journey, stage.workspace));

  it('a rig is connected, recorded with, lost, connected again and stopped', () =>
    loses(stage.journey, async () => (await stage.desktop.processes(/firmware/))[0] as number));
});

/** The simulated firmware among what a process started. */
function firmwareOf(root: number): number {
  const family = new Set([root]);
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  for (const pid of pids.sort((a, b) => a - b)) {
    try {
      const parent = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
      if (!family.has(parent)) continue;
      family.add(pid);
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('firmware-process')) return pid;
    } catch {
      // it ended while we looked
    }
  }
  throw new Error('There is no simulated firmware.');
}

describe.skipIf(skipBrowser || process.platform !== 'linux')('by keyboard alone, in a browser', () => {
  const stage = browserStage('keyboard-browser', { fill });

  it('late plans are met, understood and mended', () => comesLate(stage.journey, stage.workspace));

  it('a rig is connected, recorded with, lost, connected again and stopped', () =>
    loses(stage.journey, async () => firmwareOf(stage.served.process.pid as number)));
});
