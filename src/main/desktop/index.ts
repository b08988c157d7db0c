import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { app } from 'electron';
import { defaultWorkspace } from '../installation/workspace-folder';
import { appArguments } from './arguments';
import { registerScheme } from './scheme';

/**
 * Electron's main process owns windows and the life of the core, nothing else. It opens no port, no database and
 * no tensor, so that an e-stop passes through it at any moment.
 *
 * Here is only what must be said before Electron is ready. No top-level await: Electron is ready only after this
 * module has been evaluated. Some loaders do not wait even for that; they get before-ready.ts with `-r`.
 */
if (!app.isReady()) registerScheme();
const { data, command } = appArguments(process.argv, process.defaultApp === true);
const folder = resolve(data ?? defaultWorkspace());

// A command draws nothing.
if (command) app.disableHardwareAcceleration();
if (command || ownWorkspace()) {
  Promise.all([import('./app'), app.whenReady()])
    .then(([desktop]) => (command ? desktop.runCommand(command) : desktop.startDesktop(folder)))
    .catch((thrown: unknown) => {
      console.error(thrown);
      app.exit(1);
    });
} else app.quit();

/** One window a workspace, whose settings and single-instance lock are its own; the first one comes to the front. */
function ownWorkspace(): boolean {
  const settings = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  app.setPath('userData', join(app.getPath('appData'), 'Foresight', settings));
  return app.requestSingleInstanceLock();
}
