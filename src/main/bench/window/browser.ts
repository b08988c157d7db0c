import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { ForesightError } from '../../../shared/errors';
import { DevtoolsPage } from './devtools';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome', 'msedge'];
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:/Program Files/Google/Chrome/Application/chrome.exe',
  'C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe',
];

/** A Chromium on this computer. @throws ForesightError `not-found` */
export function findBrowser(given: string | undefined): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const files = given
    ? [given]
    : [...NAMES.flatMap((n) => folders.map((f) => join(f, n + suffix))), ...PLACES];
  const found = files.find((file) => existsSync(file));
  if (found) return found;
  throw new ForesightError(
    'not-found',
    given ? `There is no browser at ${given}.` : 'No Chromium, Chrome or Edge was found on this computer.',
    'Install one, or give its program with --browser.',
  );
}

const Targets = z.array(z.object({ type: z.string(), webSocketDebuggerUrl: z.string() }));

/** A browser of its own with one empty page, without a window on the screen, and without anybody's profile. */
export class BenchBrowser {
  private constructor(
    private readonly child: ChildProcess,
    private readonly profile: string,
    readonly page: DevtoolsPage,
  ) {}

  static async open(program: string, args: readonly string[]): Promise<BenchBrowser> {
    const profile = await mkdtemp(join(tmpdir(), 'foresight-browser-'));
    const child = spawn(
      program,
      [
        ...[
          '--headless=new',
          '--remote-debugging-port=0',
          `--user-data-dir=${profile}`,
          '--window-size=1440,900',
        ],
        ...[
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
        ],
        ...[...args, 'about:blank'],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    try {
      const port = await debuggingPort(child);
      const response = await fetch(`http://127.0.0.1:${port}/json/list`);
      const target = Targets.parse(await response.json()).find(({ type }) => type === 'page');
      if (!target) throw new Error('it has no page');
      return new BenchBrowser(child, profile, await DevtoolsPage.open(target.webSocketDebuggerUrl));
    } catch (thrown) {
      await end(child, profile);
      if (thrown instanceof ForesightError) throw thrown;
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      throw new ForesightError(
        'unavailable',
        `${program} does not answer: ${why}.`,
        'Give another --browser.',
      );
    }
  }

  async close(): Promise<void> {
    this.page.close();
    await end(this.child, this.profile);
  }
}

/** The port that the browser says on stderr. */
async function debuggingPort(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  const port = new Promise<string>((resolve, reject) => {
    if (!child.stderr) return;
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      const found = /ws:\/\/127\.0\.0\.1:(\d+)\//.exec(line)?.[1];
      if (found) resolve(found);
    });
    child.on('error', reject);
    child.on('exit', () =>
      reject(
        new ForesightError(
          'unavailable',
          `The browser ended at once: ${said.at(-1) ?? 'it said nothing'}.`,
          'As root it needs --browser-arg=--no-sandbox; on a computer without a graphics card --browser-arg=--enable-unsafe-swiftshader.',
        ),
      ),
    );
  });
  return port;
}

async function end(child: ChildProcess, profile: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
  // Its helpers may still be writing for a moment.
  await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
