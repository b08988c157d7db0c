import type { Disposable } from '../../shared/disposable';
import { ForesightError } from '../../shared/errors';
import { hostSeconds } from './clock';

const CHECK_SECONDS = 0.1;
const MIN_SILENT_SECONDS = 0.5;
const SILENT_PERIODS = 10;
/** An unplug is not an event on every system: silence as long as this is one. */
const GONE_SECONDS = 3;

export interface SilenceOptions {
  periodSeconds: number;
  description: string;
  /** Host clock of the newest observation, usable or not. */
  lastObservationSeconds(): number;
  /** Bytes received so far, valid or not, and valid frames among them. */
  received(): { bytes: number; frames: number };
  /** rig-silent or rig-garbled once a silence; rig-gone once and for all. */
  onFault(fault: ForesightError): void;
}

/** Watches that observations keep coming, and says which kind of nothing comes instead. */
export function watchSilence(options: SilenceOptions): Disposable {
  const limit = Math.max(MIN_SILENT_SECONDS, SILENT_PERIODS * options.periodSeconds);
  const goneLimit = Math.max(GONE_SECONDS, 3 * limit);
  let told = false;
  let lastCheck = hostSeconds();
  /** When a valid frame was here last, as far as the checks saw it, and the bytes until then. */
  let atFrame = { ...options.received(), seconds: hostSeconds() };

  const check = () => {
    const now = hostSeconds();
    const wasAsleep = now - lastCheck > limit / 2;
    lastCheck = now;
    const { bytes, frames } = options.received();
    if (frames > atFrame.frames) atFrame = { bytes, frames, seconds: now };
    // This process itself stood still; what came meanwhile has not been read yet.
    if (wasAsleep) return;
    const observed = options.lastObservationSeconds();
    const silentSeconds = now - observed;
    if (silentSeconds < limit) {
      told = false;
      return;
    }
    if (silentSeconds >= goneLimit) {
      clearInterval(timer);
      options.onFault(gone(options.description, silentSeconds));
      return;
    }
    if (told) return;
    told = true;
    const { description } = options;
    const garbage = bytes - atFrame.bytes;
    if (garbage > 0) options.onFault(garbled(description, garbage));
    else if (atFrame.seconds - observed > limit / 2) options.onFault(speechless(description, silentSeconds));
    else options.onFault(silent(description, now - atFrame.seconds));
  };
  const timer = setInterval(check, CHECK_SECONDS * 1000);
  return { dispose: () => clearInterval(timer) };
}

function silent(description: string, seconds: number): ForesightError {
  return new ForesightError(
    'rig-silent',
    `The device on ${description} has sent nothing for ${seconds.toFixed(1)} s.`,
    'Check the cable and the power of the device.',
  );
}

function speechless(description: string, seconds: number): ForesightError {
  return new ForesightError(
    'rig-silent',
    `The device on ${description} answers, but has sent no observation for ${seconds.toFixed(1)} s.`,
    'Check its sensors and its firmware.',
  );
}

function garbled(description: string, bytes: number): ForesightError {
  return new ForesightError(
    'rig-garbled',
    `The device on ${description} sends bytes (${bytes} since the last valid frame) that make no valid frame.`,
    'Check the cable, its length and its shield, and the baud rate.',
  );
}

function gone(description: string, seconds: number): ForesightError {
  return new ForesightError(
    'rig-gone',
    `The connection on ${description} is given up: no observation has come for ${seconds.toFixed(0)} s.`,
    'Check the cable and the power of the device, then connect again.',
  );
}
