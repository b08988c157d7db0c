import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

/** FORESIGHT_E2E=required: a runtime that is not there fails its tests instead of skipping them. */
const required = process.env.FORESIGHT_E2E === 'required';

function inPath(...names: string[]): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const files = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return files.find((file) => existsSync(file)) ?? null;
}

function existing(...files: (string | undefined)[]): string | null {
  return files.find((file) => file !== undefined && file !== '' && existsSync(file)) ?? null;
}

const PROGRAM: Record<string, string> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
};
const program = PROGRAM[process.platform] ?? 'electron';
const { ELECTRON_E2E_EXECUTABLE, ELECTRON_OVERRIDE_DIST_PATH, CHROME_PATH } = process.env;

export const electron = existing(
  ELECTRON_E2E_EXECUTABLE,
  ELECTRON_OVERRIDE_DIST_PATH && join(ELECTRON_OVERRIDE_DIST_PATH, program),
  join(root, 'node_modules/electron/dist', program),
);

export const chromium =
  existing(CHROME_PATH) ??
  inPath('chromium', 'chromium-browser', 'google-chrome', 'chrome.exe', 'msedge.exe') ??
  existing(
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    'C:/Program Files/Google/Chrome/Application/chrome.exe',
  );

const display = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

/** Skips only what cannot run here, and nothing when it is required. */
export const skipDesktop = !required && (electron === null || !display);
export const skipBrowser = !required && chromium === null;

/** Chromium's sandbox does not work as root; only tests run as root, and only they switch it off. */
export const rootFlags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
