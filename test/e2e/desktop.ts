import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { electron, root, rootFlags } from './runtimes';

export interface Desktop {
  app: ElectronApplication;
  page: Page;
  /** Process ids of a kind, by the name they were started under. */
  processes(name: RegExp): Promise<number[]>;
  /** Closes the window, as a person does, and waits until everything has ended. */
  close(): Promise<void>;
}

/** The desktop window on a workspace, from the built sources in Electron at hand. */
export async function openDesktop(workspace: string, flags: readonly string[] = []): Promise<Desktop> {
  if (electron === null) throw new Error('No Electron runtime: set ELECTRON_OVERRIDE_DIST_PATH.');
  const beforeReady = join(root, 'out/preload/before-ready.cjs');
  const app = await _electron.launch({
    executablePath: electron,
    args: [...rootFlags, ...flags, '-r', beforeReady, root, '--data', workspace],
    env: process.env as Record<string, string>,
  });
  const page = await app.firstWindow();
  return {
    app,
    page,
    processes: async (name) => {
      const all = await app.evaluate(({ app: main }) =>
        main.getAppMetrics().map(({ pid, name: label }) => ({ pid, label })),
      );
      return all.filter(({ label }) => label !== undefined && name.test(label)).map(({ pid }) => pid);
    },
    close: () => app.close(),
  };
}
