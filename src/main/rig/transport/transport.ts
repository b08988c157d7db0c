import type { Disposable } from '../../../shared/disposable';
import { ForesightError } from '../../../shared/errors';

/** A way for bytes to a device and back. Ordered, but bytes may be lost, changed or cut anywhere. */
export interface Transport {
  /** "/dev/ttyACM0", "/dev/pts/3 (simulated firmware)". */
  readonly description: string;
  /** How long an adapter keeps bytes, a sentence; left out where there is none. */
  readonly adapter?: string;
  /** Never throws; a write that fails closes the transport. */
  write(bytes: Uint8Array): void;
  onData(listener: (bytes: Uint8Array) => void): Disposable;
  /** Gone for good, by the other side or by `close`; called once, at once when it is already so. */
  onClose(listener: (reason: ForesightError) => void): Disposable;
  close(): Promise<void>;
}

/** The one sentence for a device that went away, and why if known. */
export function goneError(description: string, why: string): ForesightError {
  return new ForesightError(
    'rig-gone',
    `The connection on ${description} is gone: ${why.replace(/\.$/, '')}.`,
    'Check the cable and the power of the device, then connect again.',
  );
}
