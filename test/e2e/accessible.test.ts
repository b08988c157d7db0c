import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { describe, expect, it } from 'vitest';
import { cli } from './journey';
import { root, skipBrowser } from './runtimes';
import { browserStage } from './stage';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const ROOMS = ['rig', 'record', 'episodes', 'models', 'run'] as const;
type Room = (typeof ROOMS)[number];

describe.skipIf(skipBrowser).each(['light', 'dark'] as const)('in %s colours', (scheme) => {
  const stage = browserStage(`accessible-${scheme}`, {
    fill: (workspace) => {
      cli('record', '--rig', 'cartpole-balance', '--episodes', '12', '--seed', '1', '--data', workspace);
      cli('train', '--epochs', '3', '--name', 'first', '--data', workspace);
    },
    begin: async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width: 1024, height: 700 });
    },
  });

  /** What axe finds, each as "rule: element". */
  async function findings(): Promise<string[]> {
    const { page } = stage.browser;
    await page.evaluate(AXE);
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }

  async function isClean(room: Room, shot: string): Promise<void> {
    const { journey } = stage;
    await journey.at(`nav-${room}`).click();
    await journey.at(`room-${room}`).waitFor();
    if (room === 'episodes') {
      await journey.showEpisode(12);
      await journey.at('episode-detail').waitFor();
    }
    await journey.page.waitForLoadState('networkidle');
    await journey.screenshot(shot);
    expect(await findings()).toEqual([]);
  }

  it.each(ROOMS)('axe finds nothing in the room "%s" without a rig', (room) => isClean(room, room));

  it('axe finds nothing where two episodes are compared, which a keyboard reaches', async () => {
    const { at, page } = { at: (id: string) => stage.journey.at(id), page: stage.browser.page };
    await at('nav-episodes').click();
    for (const id of [12, 11]) await page.getByLabel(`Pick episode ${id}`).check();
    await at('compare').press('Enter');
    await at('comparison-plots').waitFor();
    expect(await at('comparison-legend').textContent()).toMatch(/Episode 11: .*return: \d.*Episode 12: /);
    const slider = page.getByRole('slider', { name: 'Moment since each began' });
    await slider.press('ArrowRight');
    await expect.poll(() => at('reading-pole_angle-12').textContent()).toMatch(/\d/);
    await page.waitForLoadState('networkidle');
    await stage.journey.screenshot('comparison');
    expect(await findings()).toEqual([]);
    await at('comparison-close').press('Enter');
    await at('episode-comparison').waitFor({ state: 'detached' });
  });

  it('axe finds nothing in the dialog of an import', async () => {
    const { at, page } = { at: (id: string) => stage.journey.at(id), page: stage.browser.page };
    await at('nav-episodes').click();
    // What fades in has half its colours.
    const isStill = () => expect.poll(() => page.evaluate('document.getAnimations().length')).toBe(0);
    await stage.journey.choose('import-choose', {
      name: 'letter.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('Dear colleague'),
    });
    await at('problem').waitFor();
    await isStill();
    await stage.journey.screenshot('import-refused');
    expect(await findings()).toEqual([]);
    await page.getByRole('button', { name: 'Close', exact: true }).last().click();
    await at('import-dialog').waitFor({ state: 'detached' });
    await stage.journey.choose('import-choose', join(root, 'test/fixtures/hinge.csv'));
    await at('import-start').waitFor();
    await at('import-more').click();
    await at('import-gap').fill('0');
    await isStill();
    await stage.journey.screenshot('import');
    expect(await findings()).toEqual([]);
    await at('import-gap').fill('1');
    await at('import-start').click();
    await at('import-report').waitFor();
    await isStill();
    await stage.journey.screenshot('import-report');
    expect(await findings()).toEqual([]);
    await page.getByRole('button', { name: 'Close', exact: true }).last().click();
    await at('import-dialog').waitFor({ state: 'detached' });
  });

  it('axe finds nothing in the rooms of a connected rig', async () => {
    await stage.journey.connect('cartpole-balance');
    for (const room of ['rig', 'record', 'run'] as const) await isClean(room, `connected-${room}`);
    await stage.journey.at('no-policy').waitFor();
    await stage.journey.at('run-driver').getByText('Learner', { exact: true }).click();
    await stage.journey.at('run-learn-more').click();
    await isClean('run', 'connected-learner');
  });

  it('changes its colours at once for who wants less motion', async () => {
    const { page } = stage.browser;
    const other = scheme === 'light' ? 'dark' : 'light';
    await page.emulateMedia({ colorScheme: other, reducedMotion: 'reduce' });
    const moving = await page.evaluate(() => {
      void document.body.offsetWidth;
      return document.getAnimations().filter((one) => one instanceof CSSTransition).length;
    });
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    expect(moving).toBe(0);
  });

  it('axe finds nothing in the list of keys, and STOP is the first thing that Tab reaches', async () => {
    const { page, at } = { page: stage.browser.page, at: (id: string) => stage.journey.at(id) };
    await page.reload();
    await at('estop').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/^STOP/);
    expect(await at('estop').getAttribute('aria-label')).toBeNull();
    await at('help').click();
    await page.getByRole('dialog').waitFor();
    expect(await findings()).toEqual([]);
  });

  it('STOP is reached by Tab out of a dialog, either way, and Tab goes back into it', async () => {
    const { page } = stage.browser;
    await page.getByRole('dialog').waitFor();
    const focused = () =>
      page.evaluate(() => {
        const { activeElement } = document;
        return activeElement?.closest('[role="dialog"]')
          ? 'dialog'
          : activeElement?.getAttribute('data-testid');
      });
    for (const key of ['Tab', 'Shift+Tab']) {
      await expect.poll(focused).toBe('dialog');
      for (let presses = 0; presses < 20 && (await focused()) !== 'estop'; presses++)
        await page.keyboard.press(key);
      expect(await focused()).toBe('estop');
      await page.getByRole('button', { name: 'STOP', exact: true }).waitFor();
      for (let presses = 0; presses < 20 && (await focused()) !== 'dialog'; presses++)
        await page.keyboard.press(key);
    }
  });
});
