import { describe, expect, it } from 'vitest';
import { skipDesktop } from './runtimes';
import { desktopStage } from './stage';

describe.skipIf(skipDesktop)('the desktop window', () => {
  const stage = desktopStage('sandbox', {
    begin: async (journey) => {
      await journey.at('nav-rig').waitFor();
    },
  });

  it('is sandboxed and reaches nothing but its own page', async () => {
    const seen = await stage.desktop.page.evaluate(async () => ({
      origin: location.origin,
      node: typeof (globalThis as { process?: unknown }).process,
      bridge: Object.keys(window.foresight ?? {}).sort(),
      outside: await fetch('https://example.com/').then(
        () => 'reached',
        () => 'refused',
      ),
      opened: window.open('https://example.com/') === null,
      camera: await navigator.permissions.query({ name: 'camera' as PermissionName }).then((p) => p.state),
      microphone: await navigator.permissions
        .query({ name: 'microphone' as PermissionName })
        .then((p) => p.state),
      ears: await navigator.mediaDevices.getUserMedia({ audio: true }).then(
        () => 'heard',
        () => 'refused',
      ),
    }));
    expect(seen).toEqual({
      origin: 'app://foresight',
      node: 'undefined',
      bridge: ['kind', 'ready', 'showExport', 'stop'],
      outside: 'refused',
      opened: true,
      camera: 'granted',
      microphone: 'denied',
      ears: 'refused',
    });
    await stage.desktop.page.evaluate(() => {
      location.href = 'https://example.com/';
    });
    // Playwright waits for a navigation that never comes, so the page is asked past it.
    const url = await stage.desktop.app.evaluate(({ webContents }) =>
      webContents.getAllWebContents().map((contents) => contents.getURL()),
    );
    expect(url).toEqual(['app://foresight/']);
  });
});
