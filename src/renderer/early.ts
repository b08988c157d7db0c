import { config } from 'zod';

/**
 * Runs before everything else in the window: whatever the preload posts while the rest still loads must not be
 * lost. Also holds the types of what the shell puts on `window`.
 */
declare global {
  interface Window {
    /** Present in Electron only; see src/main/desktop/preload.ts. */
    foresight?: {
      kind: 'electron';
      /** E-stop straight to the rig process, ahead of the core. */
      stop(by: string): void;
      /** Shows an export in the folder that it lies in, with the system's own program. */
      showExport(path: string): void;
      /** Says that the page listens for its port. */
      ready(): void;
    };
  }
}

// The content security policy forbids compiling code from text, which zod would try for speed.
config({ jitless: true });

const waiting: MessagePort[] = [];
let take: ((port: MessagePort) => void) | null = null;

window.addEventListener('message', (event) => {
  if (event.source !== window || event.data !== 'foresight:port') return;
  const port = event.ports[0];
  if (!port) return;
  if (take) take(port);
  else waiting.push(port);
});
window.foresight?.ready();

/** Hands over every port that came or will come; a later port replaces an earlier one. */
export function onPort(listener: (port: MessagePort) => void): void {
  take = listener;
  for (const port of waiting.splice(0)) listener(port);
}
