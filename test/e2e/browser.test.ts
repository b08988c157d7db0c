import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { episodesIn } from './journey';
import { skipBrowser } from './runtimes';
import { browserStage } from './stage';

describe.skipIf(skipBrowser)('the window in a browser, from foresight serve', () => {
  const stage = browserStage('browser');

  it('does not leave its token in the address bar', async () => {
    await stage.journey.at('nav-rig').waitFor();
    expect(stage.browser.page.url()).not.toContain('token');
  });

  it('goes the same way: connect, record, train, run, export', async () => {
    await stage.journey.connect();
    await stage.journey.record(15, stage.workspace);
    await stage.journey.balance(stage.workspace);
    const sources = episodesIn(stage.workspace).map(({ source }) => source);
    expect(sources.slice(0, 15)).toEqual(Array(15).fill('random'));
    expect(sources.at(-1)).toBe('mpc');
    const file = await stage.journey.exportModel();
    expect(statSync(file).size).toBeGreaterThan(10_000);
    await stage.journey.screenshot('exported');
  });

  it('finds everything again after a reload', async () => {
    await stage.browser.page.reload();
    await stage.journey.at('nav-models').click();
    await stage.journey.at('model-list').getByText('round 1', { exact: true }).waitFor();
    await stage.journey.at('nav-rig').click();
    await stage.journey.at('disconnect').waitFor();
  });
});
