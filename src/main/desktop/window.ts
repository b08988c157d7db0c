import { fileURLToPath } from 'node:url';
import { BrowserWindow, type IpcMainEvent, protocol, session, type WebContents } from 'electron';
import { readAsset, rendererFolder, securityHeaders } from '../installation/web-assets';
import { ORIGIN, SCHEME } from './scheme';

/** A page that crashes this often within a minute stays down instead of flickering. */
const RELOADS_A_MINUTE = 3;

/** After `ready`: app://foresight/… is the built window and nothing else; the one permission that it gets is to use cameras. */
export function serveWindow(folder = rendererFolder()): void {
  protocol.handle(SCHEME, async (request) => {
    const url = new URL(request.url);
    const asset = url.host === 'foresight' ? await readAsset(folder, url.pathname).catch(unread) : null;
    if (!asset) return new Response('Not found', { status: 404, headers: securityHeaders() });
    return new Response(new Uint8Array(asset.body), {
      headers: { ...securityHeaders(), 'Content-Type': asset.type },
    });
  });
  // A person chooses each camera by hand, and the system may ask as well.
  session.defaultSession.setPermissionRequestHandler((_contents, permission, answer, details) => {
    const types = 'mediaTypes' in details ? (details.mediaTypes ?? []) : [];
    answer(permission === 'media' && types.length > 0 && types.every((type) => type === 'video'));
  });
  session.defaultSession.setPermissionCheckHandler(
    (_contents, permission, _origin, { mediaType }) => permission === 'media' && mediaType === 'video',
  );
}

/** A file of our own that cannot be read is said where somebody looks for it; to the page it is not there. */
function unread(thrown: unknown): null {
  console.error(thrown);
  return null;
}

/** @param onStopKey when the e-stop key goes down over the window, before the page gets it: a page that hangs delays no stop */
export function openWindow(onStopKey: () => void): BrowserWindow {
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 900,
    minHeight: 600,
    show: false,
    title: 'Foresight',
    backgroundColor: '#1a1b1e',
    webPreferences: {
      preload: preloadFile(),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
      // Nothing that matters runs in the window; what is drawn there shall go on while it is covered.
      backgroundThrottling: false,
    },
  });
  window.once('ready-to-show', () => window.show());
  window.webContents.on('before-input-event', (_event, { type, key, isAutoRepeat }) => {
    if (type === 'keyDown' && key === 'Escape' && !isAutoRepeat) onStopKey();
  });
  lockDown(window.webContents);
  reloadAfterCrash(window);
  tellWhatWasKept(window);
  // A load that a reload or a close broke off is no defect.
  window.loadURL(`${ORIGIN}/`).catch((thrown: unknown) => console.error(thrown));
  return window;
}

/** Whether a message came from the page we served, not from something that got loaded into the window. */
export function isFromOurPage(event: IpcMainEvent): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame.parent === null && frame.url.startsWith(`${ORIGIN}/`);
}

function lockDown(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  // The page may load itself anew, and nothing else.
  const stay = (event: { url: string; preventDefault(): void }) => {
    if (event.url !== contents.getURL()) event.preventDefault();
  };
  contents.on('will-navigate', stay);
  contents.on('will-frame-navigate', stay);
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

/** The page can keep itself from closing or reloading, and is told which of the two it was: by itself it cannot know. */
function tellWhatWasKept(window: BrowserWindow): void {
  let closing = false;
  window.on('close', () => {
    closing = true;
  });
  window.webContents.on('will-prevent-unload', () => {
    window.webContents.send('kept', closing ? 'close' : 'reload');
    closing = false;
  });
}

function reloadAfterCrash(window: BrowserWindow): void {
  const crashes: number[] = [];
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    const now = Date.now();
    crashes.push(now);
    if (crashes.filter((at) => at > now - 60_000).length <= RELOADS_A_MINUTE) window.reload();
  });
}

function preloadFile(): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(`${here.includes('/chunks/') ? '../../' : '../'}preload/preload.cjs`, here));
}
