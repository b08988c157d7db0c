import { z } from 'zod';

/** Stable codes: scripts and the window switch on them, so a code is never renamed. */
export const ERROR_CODES = [
  'wrong-use', // the call itself is wrong: unknown option, missing argument
  'bad-file', // a rig, task, experiment, model or log file that does not say what it must
  'bad-data', // data that cannot be learned from or read: NaN, too few rows, mismatched channels
  'bad-formula', // a reward or termination formula that does not parse or names an unknown channel
  'not-found',
  'busy', // something else holds the port, the rig or the file
  'rig-silent', // the device sends nothing
  'rig-process-silent', // our own process that drives the rig says nothing: what the rig does is not known
  'rig-garbled', // bytes arrive, but no valid frame
  'rig-gone', // unplugged, or the process behind it ended
  'rig-refused', // the device answered and declined, or does not fit the rig file
  'stopped', // the e-stop is pressed
  'cancelled',
  'engine', // tensor engine: missing kernel, no such engine, compile failure
  'unavailable', // something optional is not installed or not possible on this machine
  'internal', // a defect of ours
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export const ErrorShape = z.object({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  next: z.string(),
});
/** What crosses a process or network boundary. */
export type ErrorShape = z.infer<typeof ErrorShape>;

/**
 * The one error type. `message` is one sentence a technician understands, `next` says what to do about it.
 * Paths of fields (`observations[1].unit`) and formulas' positions belong in the sentence.
 */
export class ForesightError extends Error {
  override readonly name = 'ForesightError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly next: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
  toShape(): ErrorShape {
    return { code: this.code, message: this.message, next: this.next };
  }
  static fromShape(shape: ErrorShape): ForesightError {
    return new ForesightError(shape.code, shape.message, shape.next);
  }
}

/** Turns whatever was thrown into the one error type; an unknown throw is a defect of ours and says so. */
export function asForesightError(thrown: unknown): ForesightError {
  if (thrown instanceof ForesightError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ForesightError(
    'internal',
    `Something unexpected went wrong inside Foresight: ${message}`,
    'Run the command again with --debug and send the output to the developers.',
    { cause: thrown },
  );
}
