import type { ErrorShape } from '../../../shared/errors';

/** What a firmware process says to whoever started it; bytes of the stream link travel beside. */
export type FromFirmware =
  /** `path` is the pseudo-terminal to open or the address of a rosbridge server, null when bytes go over this port. */
  | { type: 'ready'; path: string | null }
  | { type: 'failed'; error: ErrorShape }
  /** What the hand at the joints of simulated motors is at, on every change. */
  | { type: 'hand'; doing: string | null };

/** What it is told besides the bytes of its line. */
export type ToFirmware = { type: 'hand'; does: 'sweep' | 'home' | 'nothing' };
