import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { episodesIn, Journey } from './journey';
import { electron, root, rootFlags, skipDesktop } from './runtimes';

const FOLDER = { darwin: 'mac/Foresight.app/Contents/MacOS', win32: 'win-unpacked' }[
  process.platform as string
];
const NAME = { darwin: 'Foresight', win32: 'foresight.exe' }[process.platform as string];
const resources = join(
  root,
  'release',
  process.platform === 'darwin'
    ? 'mac/Foresight.app/Contents/Resources'
    : `${FOLDER ?? 'linux-unpacked'}/resources`,
);
const program = join(root, 'release', FOLDER ?? 'linux-unpacked', NAME ?? 'foresight');

/** The packaged app, made from the build when there is none or an older one. */
function packageIfStale(): void {
  const built = statSync(join(root, 'out', '.built')).mtimeMs;
  if (existsSync(program) && statSync(program).mtimeMs > built) return;
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'package.mjs')], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: dirname(electron ?? '') },
  });
  expect(status).toBe(0);
}

/**
 * Inspection is fused off, so the app is watched the way any page is: over the debugging port of its Chromium. A
 * connection made while its graphics process is still starting may hang, so it is tried again.
 */
async function watch(app: ChildProcess): Promise<Browser> {
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: app.stderr as Readable }).on('line', (line) => {
      const found = /DevTools listening on (ws:\S+)/.exec(line);
      if (found?.[1]) resolve(found[1]);
    });
    app.once('exit', (code) => reject(new Error(`The packaged app ended with code ${code}.`)));
  });
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await chromium.connectOverCDP(address, { timeout: 5000 });
    } catch (thrown) {
      if (attempt === 5) throw thrown;
    }
  }
}

describe.skipIf(skipDesktop)('the packaged app', () => {
  let workspace: string;
  let app: ChildProcess;
  let browser: Browser;

  beforeAll(async () => {
    packageIfStale();
    workspace = mkdtempSync(join(tmpdir(), 'foresight-e2e-'));
    const args = [...rootFlags, '--remote-debugging-port=0', '--data', workspace];
    app = spawn(program, args, { stdio: ['ignore', 'inherit', 'pipe'] });
    browser = await watch(app);
  });
  afterAll(() => {
    app?.kill('SIGKILL');
    rmSync(workspace, { recursive: true, force: true });
  });

  it('has its fuses set', () => {
    const fuses = join(root, 'node_modules', '@electron', 'fuses', 'dist', 'bin.js');
    const read = execFileSync(process.execPath, [fuses, 'read', '--app', program], { encoding: 'utf8' });
    expect(read).toMatch(/RunAsNode is Disabled/);
    expect(read).toMatch(/OnlyLoadAppFromAsar is Enabled/);
    expect(read).toMatch(/EnableEmbeddedAsarIntegrityValidation is Enabled/);
    expect(read).toMatch(/EnableNodeOptionsEnvironmentVariable is Disabled/);
    expect(read).toMatch(/EnableNodeCliInspectArguments is Disabled/);
  });

  it('connects, records, and ends when its window is closed', async () => {
    const [context] = browser.contexts();
    const page = context?.pages()[0] ?? (await context?.waitForEvent('page'));
    if (!page) throw new Error('The packaged app has no window.');
    const journey = new Journey(page, 'packaged');
    await journey.connect();
    await journey.record(3, workspace);
    await journey.screenshot('recorded');
    const ended = once(app, 'exit');
    await page.close();
    expect(await ended).toEqual([0, null]);
    const whole = episodesIn(workspace).filter(({ state }) => state === 'complete');
    expect(whole).toHaveLength(3);
  });

  it('brings the native executor along, for this system only', () => {
    const listed = execFileSync(program, [...rootFlags, 'engines', '--no-time', '--json'], {
      encoding: 'utf8',
    });
    const { engines } = JSON.parse(listed) as { engines: { name: string; available: boolean }[] };
    expect(engines.find(({ name }) => name === 'native')).toMatchObject({ available: true });
    const prebuilds = join(resources, 'app.asar.unpacked', 'native', 'prebuilds');
    expect(readdirSync(prebuilds)).toEqual([`${process.platform}-${process.arch}`]);
  });

  it('is the command line as well', () => {
    const args = [...rootFlags, 'rig', 'list', '--json'];
    const { rigs } = JSON.parse(execFileSync(program, args, { encoding: 'utf8' })) as {
      rigs: { name: string }[];
    };
    expect(rigs.map(({ name }) => name)).toContain('cartpole-serial');
    expect(spawnSync(program, [...rootFlags, 'no-such-command']).status).toBe(2);
  });
});
