import type { Camera } from '../../../shared/camera';
import type { Disposable } from '../../../shared/disposable';
import { ForesightError } from '../../../shared/errors';
import { Listeners } from '../../rig/listeners';
import { jpegSize } from '../jpeg';

/** A picture as it came. */
export interface OutsidePicture {
  /** When it was captured, ms of this process' `performance.now()`. */
  capturedAt: number;
  /** A JPEG file of the camera's size. */
  data: Uint8Array;
}

/** No picture is larger, bytes. */
export const MOST_PICTURE_BYTES = 4 * 2 ** 20;
/** Captured a little later than it came: what clocks and their rounding are off. */
const AHEAD_MS = 5;

/**
 * A camera whose pictures come from outside, at times of their own. Remembers the newest; whoever records listens. What comes
 * is looked at before it is believed: a JPEG file of the size that the rig file says, newer than the one before.
 */
export class OutsideCamera {
  readonly #listeners = new Listeners<OutsidePicture>();
  #newest: OutsidePicture | null = null;
  #trouble: string | null;
  #received = 0;

  /** @param trouble why nothing comes until something does, where that is known */
  constructor(
    readonly camera: Camera,
    trouble: string | null = null,
  ) {
    this.#trouble = trouble;
  }

  get newest(): OutsidePicture | null {
    return this.#newest;
  }

  /** Pictures that came since the rig was connected. */
  get received(): number {
    return this.#received;
  }

  /** Why nothing comes, as far as it is known, as it stands behind a colon; null while pictures come. */
  get trouble(): string | null {
    return this.#trouble;
  }

  onPicture(listener: (picture: OutsidePicture) => void): Disposable {
    return this.#listeners.add(listener);
  }

  /** Whoever brings the pictures says what is the matter. */
  fail(trouble: string): void {
    this.#trouble = trouble;
  }

  /**
   * Takes a picture. One that is not newer than the one before is passed over: a picture is never repeated.
   * @throws ForesightError bad-data: it is none, or of another size
   */
  take(data: Uint8Array, capturedAt: number): void {
    const { width, height } = this.camera;
    const size = data.length <= MOST_PICTURE_BYTES ? jpegSize(data) : null;
    if (size === null) {
      throw this.#refused(
        `what it sends is no whole JPEG file of at most ${MOST_PICTURE_BYTES / 2 ** 20} MB`,
        'Have its pictures sent as JPEG files.',
      );
    }
    if (size.width !== width || size.height !== height) {
      throw this.#refused(
        `its pictures have ${size.width} × ${size.height} pixels, and its rig file says ${width} × ${height}`,
        'Write that size into "cameras" of rig.json, or have the camera send the other.',
      );
    }
    const now = performance.now();
    if (!(capturedAt <= now + AHEAD_MS) || (this.#newest && capturedAt <= this.#newest.capturedAt)) return;
    this.#trouble = null;
    this.#received++;
    this.#newest = { capturedAt: Math.min(capturedAt, now), data };
    this.#listeners.emit(this.#newest);
  }

  #refused(trouble: string, next: string): ForesightError {
    this.#trouble = trouble;
    return new ForesightError(
      'bad-data',
      `Nothing is seen by camera "${this.camera.name}": ${trouble}.`,
      next,
    );
  }
}
