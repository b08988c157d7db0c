import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type Browser, openBrowser, type Served, startServe } from './browser';
import { type Desktop, openDesktop } from './desktop';
import { Journey } from './journey';

interface Beginning {
  /** What the workspace holds before the window opens. */
  fill?(workspace: string): void;
  begin?(journey: Journey): Promise<void>;
  /** For Chromium, of the desktop's window. */
  flags?: readonly string[];
}

export interface BrowserStage {
  workspace: string;
  served: Served;
  browser: Browser;
  journey: Journey;
}

/** A workspace of its own, `foresight serve` on it and a browser, for the tests of one describe. */
export function browserStage(name: string, { fill, begin }: Beginning = {}): BrowserStage {
  const stage = {} as BrowserStage;
  beforeAll(async () => {
    stage.workspace = mkdtempSync(join(tmpdir(), 'foresight-e2e-'));
    fill?.(stage.workspace);
    stage.served = await startServe(stage.workspace);
    stage.browser = await openBrowser(stage.served.address);
    stage.journey = new Journey(stage.browser.page, name);
    await begin?.(stage.journey);
  });
  afterAll(async () => {
    await stage.browser?.close();
    await stage.served?.end();
    rmSync(stage.workspace, { recursive: true, force: true });
  });
  return stage;
}

export interface DesktopStage {
  workspace: string;
  desktop: Desktop;
  journey: Journey;
}

/** A workspace of its own and the desktop window on it, for the tests of one describe. */
export function desktopStage(name: string, { fill, begin, flags }: Beginning = {}): DesktopStage {
  const stage = {} as DesktopStage;
  beforeAll(async () => {
    stage.workspace = mkdtempSync(join(tmpdir(), 'foresight-e2e-'));
    fill?.(stage.workspace);
    stage.desktop = await openDesktop(stage.workspace, flags);
    stage.journey = new Journey(stage.desktop.page, name);
    await begin?.(stage.journey);
  });
  afterAll(async () => {
    await stage.desktop?.close();
    rmSync(stage.workspace, { recursive: true, force: true });
  });
  return stage;
}
