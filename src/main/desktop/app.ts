import { dirname, join, resolve } from 'node:path';
import { app, type BrowserWindow, dialog, ipcMain, MessageChannelMain, shell } from 'electron';
import { asForesightError, type ErrorShape } from '../../shared/errors';
import { version } from '../installation/version';
import { DEFECT, ignoreClosedOutput, surviveDefects } from '../processes/defects';
import { ProcessKeeper } from '../processes/process-keeper';
import { Supervisor } from '../processes/supervisor';
import { lowerDrawingPriority } from './drawing-priority';
import { setMenu } from './menu';
import { electronPlatform } from './platform';
import { isFromOurPage, openWindow, serveWindow } from './window';

/** The command line inside the packaged program: `Foresight demo`, the same file as `npm run foresight`. */
export async function runCommand(args: string[]): Promise<void> {
  const platform = electronPlatform();
  const child = await platform.start('cli', { label: 'Foresight', args });
  new ProcessKeeper(platform).serve(child);
  child.onExit((_reason, code) => app.exit(code ?? 1));
  app.on('before-quit', (event) => {
    // The command brings the rig to hold first and ends us with itself. Ctrl-C in a terminal has reached it already.
    event.preventDefault();
    if (!process.stdin.isTTY && child.pid !== undefined) process.kill(child.pid, 'SIGINT');
  });
}

/** After `ready`: the window on this workspace. */
export function startDesktop(folder: string): void {
  const windows = new Set<BrowserWindow>();
  const supervisor = new Supervisor(electronPlatform(), {
    folder,
    version,
    onRestart: () => {
      for (const window of windows) connect(window);
    },
    onFailed: (error) => void giveUp(error),
  });

  // Without this Electron puts up a dialogue and the rig goes on behind it.
  surviveDefects(() => supervisor.stop(DEFECT));
  ignoreClosedOutput();

  function connect(window: BrowserWindow): void {
    const { port1, port2 } = new MessageChannelMain();
    supervisor.attach(port1);
    window.webContents.postMessage('port', null, [port2]);
  }

  function show(): void {
    const window = openWindow(() => supervisor.stop('the Esc key'));
    windows.add(window);
    window.webContents.on('did-finish-load', lowerDrawingPriority);
    window.on('closed', () => windows.delete(window));
  }

  async function giveUp({ message, next }: ErrorShape): Promise<void> {
    process.exitCode = 1;
    console.error(`${message}\n${next}`);
    dialog.showErrorBox('Foresight', `${message}\n\n${next}`);
    await supervisor.shutdown();
    app.exit(1);
  }

  ipcMain.on('stop', (event, by: unknown) => {
    if (isFromOurPage(event)) supervisor.stop(typeof by === 'string' ? by.slice(0, 200) : 'the window');
  });
  ipcMain.on('ready', (event) => {
    if (!isFromOurPage(event)) return;
    for (const window of windows) if (window.webContents === event.sender) connect(window);
  });

  ipcMain.on('show-export', (event, path: unknown) => {
    // Nothing but what was exported: a page that was taken over shows nobody where else something lies.
    const isExport = typeof path === 'string' && dirname(resolve(path)) === join(folder, 'exports');
    if (isFromOurPage(event) && isExport) shell.showItemInFolder(resolve(path));
  });

  app.on('second-instance', () => {
    const [window] = windows;
    if (window?.isMinimized()) window.restore();
    window?.focus();
  });
  // The window asks a person before it closes while something is recorded; a signal asks nobody.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      for (const window of windows) window.destroy();
    });
  }
  // On every system: nobody sees a rig whose window is closed, so it is brought to hold and everything ends.
  app.on('window-all-closed', () => app.quit());
  let held = false;
  app.on('will-quit', (event) => {
    if (held) return;
    event.preventDefault();
    void supervisor.shutdown().then(() => {
      held = true;
      app.quit();
    });
  });

  setMenu(folder);
  serveWindow();
  show();
  supervisor.start().catch((thrown: unknown) => giveUp(asForesightError(thrown).toShape()));
}
