import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
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
  const browser = await playwright.launch({ executablePath: chromium, args: rootFlags });
  const page = await browser.newPage({ viewport: { width: 1440, height: 873 } });
  await page.goto(address);
  return { page, close: () => browser.close() };
}
