import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, episodesIn, type Journey } from './journey';
import { Keyboard } from './keyboard';
import { root, skipBrowser, skipDesktop } from './runtimes';
import { browserStage, desktopStage } from './stage';

const FILE = join(root, 'test/fixtures/hinge.csv');

/** The README's first ten minutes of somebody who brings a log instead of a rig, without a mouse. */
function byKeyboard(stage: { workspace: string; journey: Journey }): void {
  const at = (id: string) => stage.journey.at(id);
  const named = (label: string) => stage.journey.page.getByLabel(label, { exact: true });
  const keyboard = () => new Keyboard(stage.journey.page);

  it('by keyboard: is imported, chosen, its columns said, shown', async () => {
    const { page } = stage.journey;
    const keys = keyboard();
    await at('nav-episodes').waitFor();
    await keys.press('3');
    await at('room-episodes').waitFor();
    const chooser = page.waitForEvent('filechooser');
    await keys.enter(at('import-choose'));
    await (await chooser).setFiles(FILE);
    await at('import-rig').waitFor();
    // Where the form begins, the keyboard is.
    await expect
      .poll(() => at('import-rig').evaluate((field) => field === document.activeElement))
      .toBe(true);
    await keys.fill(at('import-rig'), 'door');
    expect(await at('import-rate').inputValue()).toBe('50');
    await keys.fill(named('Unit of q'), 'deg');
    await keys.to(named('q is an angle that wraps'));
    await keys.press(' ');
    await keys.fill(named('Unit of dq'), 'deg/s');
    await keys.to(named('tau is taken as'));
    await keys.press('ArrowUp');
    expect(await at('import-problem').textContent()).toBe('Choose at least one column as action.');
    await keys.press('ArrowDown');
    await keys.fill(named('Unit of tau'), 'N m');
    await stage.journey.screenshot('import');
    await keys.press('Enter');
    await at('import-report').waitFor();
    await expect
      .poll(() => at('import-show').evaluate((button) => button === document.activeElement))
      .toBe(true);
    await keys.press('Enter');
    await at('episode-detail').waitFor();
    await expect.poll(() => existsSync(join(stage.workspace, 'uploads'))).toBe(false);
  });

  it('by keyboard: is looked at, to its last row', async () => {
    const keys = keyboard();
    const [episode] = episodesIn(stage.workspace);
    await keys.to(at('scrubber'));
    await keys.press('End');
    await expect.poll(() => at('scrubber').getAttribute('aria-valuenow')).toBe(String(episode?.steps));
    expect(await at('reading-q').textContent()).toMatch(/\d/);
    expect(await at('reading-tau').textContent()).toBe('–');
    await stage.journey.screenshot('look');
  });

  it('by keyboard: is learned from by a model that says how far it can be trusted', async () => {
    const keys = keyboard();
    await keys.press('4');
    await keys.fill(at('train-name'), 'door');
    await keys.enter(at('train-more'));
    await keys.fill(at('train-epochs'), '5');
    await keys.enter(at('train-start'));
    await at('model-list').getByText('door', { exact: true }).waitFor();
    await at('verdict').waitFor();
    await stage.journey.screenshot('verdict');
    const { models } = cli('models', '--data', stage.workspace) as { models: unknown[] };
    expect(models).toEqual([expect.objectContaining({ name: 'door', rig: 'door' })]);
  });

  it('by keyboard: is handed over as a model in one ONNX file', async () => {
    await keyboard().enter(at('export-model'));
    await at('export-result').waitFor();
    expect(statSync((await at('export-file').textContent()) ?? '').size).toBeGreaterThan(10_000);
  });
}

/** A file of the disk, dragged onto the middle of the window; `meanwhile` happens while it is held there. */
async function drop(journey: Journey, meanwhile?: () => Promise<void>): Promise<void> {
  const { page } = journey;
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [FILE], dragOperationsMask: 1 };
  const send = (type: 'dragEnter' | 'dragOver' | 'drop') =>
    session.send('Input.dispatchDragEvent', { type, x: 600, y: 400, data });
  const isOver = () => journey.at('drop-here').count();
  await send('dragEnter');
  // As a hand that holds a file does, again and again until it sees that it may let go.
  await expect.poll(() => send('dragOver').then(isOver)).toBe(1);
  if (meanwhile) await meanwhile().then(() => send('dragOver'));
  await expect.poll(async () => ((await isOver()) === 1 ? send('drop').then(isOver) : 0)).toBe(0);
  await journey.at('import-rig').waitFor();
}

function dropped(stage: { workspace: string; journey: Journey }): void {
  it('is dropped from the disk onto another room', async () => {
    const { journey } = stage;
    await journey.at('nav-rig').click();
    await drop(journey);
    expect(await journey.at('import-rig').inputValue()).toBe('hinge');
    await journey.at('room-episodes').waitFor();
    await journey.at('import-cancel').click();
    await expect.poll(() => existsSync(join(stage.workspace, 'uploads'))).toBe(false);
  });

  it('is dropped although what lies under it has changed since it was held there', async () => {
    const { journey } = stage;
    await drop(journey, async () => {
      await journey.at('nav-models').click();
      await journey.at('room-models').waitFor();
    });
    await journey.at('import-cancel').click();
    await journey.at('room-episodes').waitFor();
  });
}

describe.skipIf(skipDesktop)('a log that is brought to the desktop window', () => {
  const stage = desktopStage('import-desktop');
  byKeyboard(stage);
  dropped(stage);

  it('is sent again, with what was said of it, when the core has gone and come back meanwhile', async () => {
    const { journey } = stage;
    await drop(journey);
    await journey.at('import-rig').fill('kept');
    const [core] = await stage.desktop.processes(/core/);
    process.kill(core as number, 'SIGKILL');
    await journey.at('link-state').waitFor();
    await journey.at('link-state').waitFor({ state: 'detached' });
    await journey.at('import-start').click();
    await journey.at('import-report').waitFor();
    await journey.at('import-show').click();
    await journey.at('episode-detail').waitFor();
    expect(episodesIn(stage.workspace).at(-1)).toMatchObject({ source: 'import', rig: 'kept' });
    await expect.poll(() => existsSync(join(stage.workspace, 'uploads'))).toBe(false);
  });
});
describe.skipIf(skipBrowser)('a log that is brought to a browser', () => {
  const stage = browserStage('import-browser');
  byKeyboard(stage);
  dropped(stage);
});
