import { spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { ForesightError } from '../../shared/errors';
import { DEFECT, surviveDefects } from '../processes/defects';
import { serve } from './serve';

export interface ServeCommand {
  /** Workspace. */
  folder: string;
  version: string;
  port?: number;
  /** Open the person's browser, where there is one to open. */
  open: boolean;
  /** `--json`: one document on stdout, sentences on stderr. */
  json: boolean;
  /** That it shall end. */
  stop: AbortSignal;
}

/**
 * `foresight serve` from start to Ctrl-C. Resolves when everything has been brought to hold and closed.
 * @throws ForesightError when it cannot start, or when the core ends and cannot be started again
 */
export async function runServe({ folder, version, port, open, json, stop }: ServeCommand): Promise<void> {
  let fail: (error: ForesightError) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const served = await serve({
    folder,
    version,
    port,
    onFailed: (error) => fail(ForesightError.fromShape(error)),
  });
  surviveDefects(() => served.stop(DEFECT));
  const say = json ? console.error : console.log;
  if (json) console.log(JSON.stringify({ address: served.address, port: served.port, workspace: folder }));
  else say(`Foresight is at ${served.address}`);
  say(`Workspace: ${folder}`);
  say(
    `From another computer: ssh -L ${served.port}:127.0.0.1:${served.port} ${hostname()}, then open the same address there.`,
  );
  say('Ctrl-C brings the rig to hold and ends.');
  if (open) openBrowser(served.address);
  try {
    await Promise.race([failed, aborted(stop)]);
  } finally {
    await served.close();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Tries; whoever has no browser has the address on the terminal. Root's browsers refuse to start or should. */
function openBrowser(address: string): void {
  const { platform, env } = process;
  if (env.CI) return;
  if (platform === 'linux' && (process.getuid?.() === 0 || !(env.DISPLAY || env.WAYLAND_DISPLAY))) return;
  const [program, ...args] =
    platform === 'darwin'
      ? ['open', address]
      : platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', address]
        : ['xdg-open', address];
  const browser = spawn(program as string, args, { stdio: 'ignore', detached: true });
  browser.once('error', () => console.error('No browser could be opened; open the address above in one.'));
  browser.unref();
}
