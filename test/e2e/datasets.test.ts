import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { describe, expect, it } from 'vitest';
import type { DatasetSummary } from '../../src/shared/dataset';
import { cli } from './journey';
import { skipBrowser } from './runtimes';
import { browserStage } from './stage';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A swinging joint at 50 Hz with one wrong reading. */
function damagedLog(): string {
  const lines = Array.from({ length: 200 }, (_, i) => {
    const q = Math.sin(i / 9) + 1e-4 * Math.sin(i * i) + (i === 120 ? 0.8 : 0);
    return [i / 50, q, Math.sin(5 * i * i)].join(',');
  });
  return ['time,q,u', ...lines].join('\n');
}

describe.skipIf(skipBrowser)('flags and data sets in the window', () => {
  const stage = browserStage('datasets', {
    fill: (workspace) => {
      cli('record', '--rig', 'pendulum', '--episodes', '6', '--max-steps', '60', '--data', workspace);
      const file = join(workspace, 'damaged.csv');
      writeFileSync(file, damagedLog());
      const columns = ['--time', 'time', '--observation', 'q:rad', '--action', 'u:N', '--rate', '50'];
      cli('import', file, '--name', 'bench', ...columns, '--data', workspace);
    },
    begin: async ({ page }) => {
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await page.setViewportSize({ width: 1024, height: 700 });
    },
  });
  const at = (id: string) => stage.journey.at(id);
  const isClean = async () => {
    const { page } = stage.browser;
    await expect.poll(() => page.evaluate('document.getAnimations().length')).toBe(0);
    await page.evaluate(AXE);
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual([]);
  };

  it('a wrong reading stands on the time line and in words, and a click on its step leads there', async () => {
    await at('nav-episodes').click();
    await at('episode-7').click();
    await at('episode-flags').getByText('q is off by').waitFor();
    expect(await at('flag-mark').count()).toBe(1);
    await at('episode-flags').getByRole('button', { name: '120' }).click();
    await expect.poll(() => at('scrubber').getAttribute('aria-valuenow')).toBe('120');
    await stage.journey.screenshot('flags');
    await isClean();
  });

  it('picked episodes become a data set with splits, statistics, coverage and a card', async () => {
    const { page } = stage.browser;
    for (const id of [1, 2, 3, 4]) await page.getByLabel(`Pick episode ${id}`).check();
    await at('open-datasets').click();
    await at('dataset-name').fill('swings');
    await at('dataset-make').click();
    await at('dataset-splits').waitFor();
    const { datasets } = cli('dataset', 'list', '--data', stage.workspace) as { datasets: DatasetSummary[] };
    expect(datasets).toMatchObject([{ name: 'swings', counts: { episodes: 4, recordings: 4, steps: 240 } }]);
    await at('dataset-survey').click();
    await at('survey-table').waitFor();
    await at('coverage-show').click();
    await at('coverage').waitFor();
    const steps = datasets[0]?.splits.train.steps ?? 0;
    await at('survey-of').selectOption('train');
    await at('dataset-survey').click();
    await at('survey-words')
      .getByText(`${steps + (datasets[0]?.splits.train.episodes ?? 0)} rows`)
      .waitFor();
    await at('dataset-rename-to').fill('first day');
    await at('dataset-rename').click();
    await at('dataset-choice').getByText('first day').waitFor({ state: 'attached' });
    await at('card-by').fill('Ada');
    await at('card-make').click();
    await at('card-text').getByText('Made by: Ada').waitFor();
    await stage.journey.screenshot('data-sets');
    await isClean();
    await at('dataset-export').click();
    await at('export-plan').waitFor();
    await at('export-start').click();
    await at('export-card').first().waitFor();
    expect(await at('export-card').allTextContents()).toEqual([
      expect.stringMatching(/pendulum-1-to-4\.parquet\.card\.json$/),
      expect.stringMatching(/\.card\.md$/),
    ]);
    await stage.journey.screenshot('data-set-exported');
    await isClean();
  });
});
