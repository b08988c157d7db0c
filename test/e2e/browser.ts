import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Page, chromium as playwright } from 'playwright-core';
import { chromium, root, rootFlags } from './runtimes';

export interface Served {
  address: string;
  process: ChildProcess;
  /** Ctrl-C; resolves with the exit code. */
  end(): Promise<number | null>;
}

/** `foresight serve` as a person starts it, from the built sources. */
export async function startServe(workspace: string): Promise<Served> {
  const cli = join(root, 'out/main/cli.js');
  const child = spawn(process.execPath, [cli, 'serve', '--data', workspace], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const lines = createInterface({ input: child.stdout });
  const address = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const found = /http:\/\/127\.0\.0\.1:\d+\/#token=\S+/.exec(line);
      if (found) resolve(found[0]);
    });
    exit.then(([code]) => reject(new Error(`foresight serve ended with code ${code}`)), reject);
  });
  return {
    address,
    process: child,
    end: async () => {
      child.kill('SIGINT');
      return (await exit)[0];
    },
  };
}

export interface Browser {
  page: Page;
  close(): Promise<void>;
}

export async function openBrowser(address: string): Promise<Browser> {
  if (chromium === null) throw new Error('No Chromium: set CHROME_PATH.');
  const server = await playwright.launchServer({ executablePath: chromium, args: rootFlags });
  const browser = await playwright.connect(server.wsEndpoint());
  const page = await browser.newPage({ viewport: { width: 1440, height: 873 } });
  await page.goto(address);
  standBack(server.process().pid as number);
  return { page, close: () => server.close() };
}

/**
 * The browser of a bench computer runs on another one. Here it shares two cores with the control loop and draws
 * without a graphics card, so it gets what the loop leaves, as the desktop window does by itself.
 */
function standBack(browser: number): void {
  if (process.platform !== 'linux') return;
  const family = new Set([browser]);
  for (const pid of readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)) {
    try {
      const parent = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
      if (!family.has(parent)) continue;
      family.add(pid);
      for (const thread of readdirSync(`/proc/${pid}/task`)) setPriority(Number(thread), 5);
    } catch {
      // it ended while we looked
    }
  }
}
