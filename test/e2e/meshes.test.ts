import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, openBrowser, type Served, startServe } from './browser';
import { Journey } from './journey';
import { root, skipBrowser } from './runtimes';

describe.skipIf(skipBrowser)('a rig of meshes in the workspace', () => {
  let workspace: string;
  let served: Served;
  let browser: Browser;
  let journey: Journey;

  beforeAll(async () => {
    workspace = mkdtempSync(join(tmpdir(), 'foresight-e2e-'));
    const arm = join(workspace, 'rigs', 'mesh-arm');
    execFileSync(process.execPath, [join(root, 'scripts/mesh-arm.mjs'), arm, '12']);
    served = await startServe(workspace);
    browser = await openBrowser(served.address);
    journey = new Journey(browser.page, 'meshes');
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
    rmSync(workspace, { recursive: true, force: true });
  });

  it('is listed, connects, and is drawn with its meshes', async () => {
    await journey.at('nav-rig').click();
    await journey.at('rig-mesh-arm').click();
    await journey.at('connect').click();
    await journey.phase('ready');
    await journey.at('scene').locator('canvas').waitFor();
    expect(await journey.at('scene-problems').count()).toBe(0);
    expect(await journey.at('problem').count()).toBe(0);
    await journey.screenshot('rig');
  });
});
