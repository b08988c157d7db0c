import { contextBridge, ipcRenderer } from 'electron';

/**
 * All that the window gets from Electron: the way to the core, and the e-stop's own way around it. No object of
 * Electron's reaches the page.
 */
const bridge = {
  kind: 'electron',
  /** Emergency stop of every rig, past the core; `by` is who pressed it, for the log. */
  stop: (by: string): void => ipcRenderer.send('stop', String(by)),
  /** Shows an export of the workspace in the folder that it lies in. */
  showExport: (path: string): void => ipcRenderer.send('show-export', String(path)),
  /** The page listens for `foresight:port` messages; asks for the first port. */
  ready: (): void => ipcRenderer.send('ready'),
} as const;

contextBridge.exposeInMainWorld('foresight', bridge);

/** What the page kept back: `close` or `reload`. */
ipcRenderer.on('kept', (_event, what: unknown) => {
  window.postMessage(`foresight:kept-${String(what)}`, window.location.origin);
});

/** What was chosen in the application's menu: `undo` or `redo`. */
ipcRenderer.on('edit', (_event, what: unknown) => {
  window.postMessage(`foresight:${String(what)}`, window.location.origin);
});

ipcRenderer.on('port', (event) => {
  window.postMessage('foresight:port', window.location.origin, [...event.ports]);
});
