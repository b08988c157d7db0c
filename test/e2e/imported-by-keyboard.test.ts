import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, episodesIn, type Journey } from './journey';
import { Keyboard } from './keyboard';
import { root, skipBrowser, skipDesktop } from './runtimes';
import { browserStage, desktopStage } from './stage';

/** The README's first ten minutes of somebody who brings a log instead of a rig, without a mouse. */
function firstTenMinutes(stage: { workspace: string; journey: Journey }): void {
  const at = (id: string) => stage.journey.at(id);
  const named = (label: string) => stage.journey.page.getByLabel(label, { exact: true });
  const keyboard = () => new Keyboard(stage.journey.page);

  it('a log is imported: chosen, its columns said, shown', async () => {
    const { page } = stage.journey;
    const keys = keyboard();
    await at('nav-episodes').waitFor();
    await keys.press('3');
    await at('room-episodes').waitFor();
    const chooser = page.waitForEvent('filechooser');
    await keys.enter(at('import-choose'));
    await (await chooser).setFiles(join(root, 'test/fixtures/hinge.csv'));
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

  it('it is looked at, to its last row', async () => {
    const keys = keyboard();
    const [episode] = episodesIn(stage.workspace);
    await keys.to(at('scrubber'));
    await keys.press('End');
    await expect.poll(() => at('scrubber').getAttribute('aria-valuenow')).toBe(String(episode?.steps));
    expect(await at('reading-q').textContent()).toMatch(/\d/);
    expect(await at('reading-tau').textContent()).toBe('–');
    await stage.journey.screenshot('look');
  });

  it('a model learns from it, and says how far it can be trusted', async () => {
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

  it('it is handed over as one ONNX file', async () => {
    await keyboard().enter(at('export-model'));
    await at('export-result').waitFor();
    expect(statSync((await at('export-file').textContent()) ?? '').size).toBeGreaterThan(10_000);
  });
}

describe.skipIf(skipDesktop)('by keyboard in the desktop window', () => {
  firstTenMinutes(desktopStage('keyboard-desktop'));
});
describe.skipIf(skipBrowser)('by keyboard in a browser', () => {
  firstTenMinutes(browserStage('keyboard-browser'));
});
