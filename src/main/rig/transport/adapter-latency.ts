import { access, constants, readFile, realpath, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { systemPath } from './system-root';

/** For how long an adapter collects bytes before it hands them on; as read back, never as set. */
export interface AdapterLatency {
  /** ms; null where the system does not tell. */
  timerMs: number | null;
  /** A sentence, with the command that mends it where there is something to mend. */
  words: string;
}

const WANTED_MS = 1;

/**
 * Sets the timer of a USB adapter to 1 ms where it may be written, and says what is read back.
 * @param lowLatency what the system said to low-latency mode (ASYNC_LOW_LATENCY); null where it was not asked
 */
export async function adapterLatency(
  path: string,
  lowLatency: boolean | null,
  { platform = process.platform, root }: { platform?: NodeJS.Platform; root?: string } = {},
): Promise<AdapterLatency> {
  if (platform === 'win32') {
    return {
      timerMs: null,
      words:
        'How long the adapter collects bytes is not known. For an FTDI chip: Device Manager, the port\'s Properties, Port Settings, Advanced, "Latency Timer" 1.',
    };
  }
  if (platform !== 'linux') return { timerMs: null, words: NOT_KNOWN };
  const name = basename(await realpath(path).catch(() => path));
  const named = [basename(path), name].map((one) =>
    systemPath(`sys/bus/usb-serial/devices/${one}/latency_timer`, root),
  );
  for (const file of named) {
    const before = await timer(file);
    if (before === undefined) continue;
    if (before > WANTED_MS && (await mayWrite(file))) await writeFile(file, `${WANTED_MS}\n`).catch(() => {});
    const timerMs = (await timer(file)) ?? before;
    return { timerMs, words: said(timerMs, file) };
  }
  if (lowLatency === true) return { timerMs: null, words: `Low-latency mode is set. ${NOT_KNOWN}` };
  return { timerMs: null, words: NOT_KNOWN };
}

const NOT_KNOWN = 'The adapter has no timer that could be read: how long it collects bytes is not known.';

function said(timerMs: number, file: string): string {
  if (timerMs <= WANTED_MS) return `The adapter hands bytes on after ${timerMs} ms, as read back.`;
  return `The adapter collects bytes for ${timerMs} ms, as read back, and may not be told otherwise; that leaves about ${Math.floor(1000 / timerMs)} questions a second. Run: echo ${WANTED_MS} | sudo tee ${file}`;
}

async function timer(file: string): Promise<number | undefined> {
  const ms = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
  return Number.isFinite(ms) ? ms : undefined;
}

async function mayWrite(file: string): Promise<boolean> {
  return access(file, constants.W_OK).then(
    () => true,
    () => false,
  );
}
