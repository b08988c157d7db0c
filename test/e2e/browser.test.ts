import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, openBrowser, type Served, startServe } from './browser';
import { episodesIn, Journey } from './journey';
import { skipBrowser } from './runtimes';

describe.skipIf(skipBrowser)('the window in a browser, from foresight serve', () => {
  let workspace: string;
  let served: Served;
  let browser: Browser;
  let journey: Journey;

  beforeAll(async () => {
    workspace = mkdtempSync(join(tmpdir(), 'foresight-e2e-'));
    served = await startServe(workspace);
    browser = await openBrowser(served.address);
    journey = new Journey(browser.page, 'browser');
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
    rmSync(workspace, { recursive: true, force: true });
  });

  it('does not leave its token in the address bar', async () => {
    await journey.at('nav-rig').waitFor();
    expect(browser.page.url()).not.toContain('token');
  });

  it('goes the same way: connect, record, train, balance the pole, export', async () => {
    await journey.connect();
    await journey.record(15);
    await journey.balance(workspace);
    expect(
      episodesIn(workspace)
        .slice(0, 15)
        .map(({ source }) => source),
    ).toEqual(Array(15).fill('random'));
    const file = await journey.exportModel();
    expect(statSync(file).size).toBeGreaterThan(10_000);
    await journey.screenshot('exported');
  });

  it('finds everything again after a reload', async () => {
    await browser.page.reload();
    await journey.at('nav-models').click();
    await journey.at('model-list').getByText('round 1', { exact: true }).waitFor();
    await journey.at('nav-rig').click();
    await journey.at('disconnect').waitFor();
  });
});
