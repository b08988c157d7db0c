import { app, BrowserWindow, Menu, type MenuItemConstructorOptions, shell } from 'electron';

/** The application's menu. No bare keys: Space, Esc and letters belong to the window (hold, e-stop, record). */
export function setMenu(folder: string): void {
  const mac = process.platform === 'darwin';
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? [{ role: 'appMenu' } as const] : []),
    {
      label: 'File',
      submenu: [
        { label: 'Show workspace folder', click: () => void shell.openPath(folder) },
        { type: 'separator' },
        mac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    { label: 'Edit', submenu: editItems(mac) },
    {
      label: 'View',
      submenu: [
        { role: 'reload' },
        ...(app.isPackaged ? [] : [{ role: 'toggleDevTools' } as const]),
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
    { role: 'help', submenu: [{ label: 'About Foresight', click: () => app.showAboutPanel() }] },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

/** Undo and redo are of the log where no text is being typed, which the page knows. */
function editItems(mac: boolean): MenuItemConstructorOptions[] {
  const edit = (what: 'undo' | 'redo', label: string, accelerator: string): MenuItemConstructorOptions => ({
    ...{ id: what, label, accelerator },
    // The page hears these keys by itself; on macOS those that it leaves alone come here.
    registerAccelerator: mac,
    click: (_item, window) => {
      if (window instanceof BrowserWindow) window.webContents.send('edit', what);
    },
  });
  return [
    edit('undo', 'Undo', 'CmdOrCtrl+Z'),
    edit('redo', 'Redo', 'CmdOrCtrl+Shift+Z'),
    { type: 'separator' },
    { role: 'cut' },
    { role: 'copy' },
    { role: 'paste' },
    { role: 'selectAll' },
  ];
}
