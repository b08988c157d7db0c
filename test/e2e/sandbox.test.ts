import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Desktop, openDesktop } from './desktop';
import { skipDesktop } from './runtimes';

describe.skipIf(skipDesktop)('the desktop window', () => {
  let workspace: string;
  let desktop: Desktop;
  beforeAll(async () => {
    workspace = mkdtempSync(join(tmpdir(), 'foresight-e2e-'));
    desktop = await openDesktop(workspace);
    await desktop.page.getByTestId('nav-rig').waitFor();
  });
  afterAll(async () => {
    await desktop?.close();
    rmSync(workspace, { recursive: true, force: true });
  });

  it('is sandboxed and reaches nothing but its own page', async () => {
    const seen = await desktop.page.evaluate(async () => ({
      origin: location.origin,
      node: typeof (globalThis as { process?: unknown }).process,
      bridge: Object.keys(window.foresight ?? {}).sort(),
      outside: await fetch('https://example.com/').then(
        () => 'reached',
        () => 'refused',
      ),
      opened: window.open('https://example.com/') === null,
      camera: await navigator.permissions.query({ name: 'camera' as PermissionName }).then((p) => p.state),
    }));
    expect(seen).toEqual({
      origin: 'app://foresight',
      node: 'undefined',
      bridge: ['kind', 'ready', 'stop'],
      outside: 'refused',
      opened: true,
      camera: 'denied',
    });
    await desktop.page.evaluate(() => {
      location.href = 'https://example.com/';
    });
    // Playwright waits for a navigation that never comes, so the page is asked past it.
    const url = await desktop.app.evaluate(({ webContents }) =>
      webContents.getAllWebContents().map((contents) => contents.getURL()),
    );
    expect(url).toEqual(['app://foresight/']);
  });
});
