import { ForesightError } from '../../../shared/errors';
import type { OutsideCamera } from '../../camera/outside/outside-camera';
import type { Client } from '../clients';

/** A window that was silent for so long has no camera any more: another may bring its pictures. */
const SILENT_MS = 2000;

interface Bringing {
  client: Client | undefined;
  at: number;
}

/** Cameras whose pictures a window takes, of the computer that shows it. One window brings those of one camera. */
export class WindowCameras {
  readonly #bringing = new Map<string, Bringing>();

  constructor(private readonly cameras: readonly OutsideCamera[]) {}

  /** @throws ForesightError not-found, busy: another window brings this camera's; bad-data */
  take(name: string, data: Uint8Array, ageMs: number, client: Client | undefined): void {
    const now = performance.now();
    this.#claimed(name, client, now).take(data, now - ageMs);
  }

  /** @throws ForesightError not-found, busy */
  fail(name: string, trouble: string, client: Client | undefined): void {
    this.#claimed(name, client, performance.now()).fail(trouble);
  }

  #claimed(name: string, client: Client | undefined, now: number): OutsideCamera {
    const camera = this.cameras.find((one) => one.camera.name === name);
    if (!camera) {
      throw new ForesightError(
        'not-found',
        `The rig that is connected has no camera "${name}" of a window.`,
        'Look at "cameras" in its rig.json.',
      );
    }
    const before = this.#bringing.get(name);
    if (before && before.client !== client && now - before.at < SILENT_MS) {
      throw new ForesightError(
        'busy',
        `Another window brings the pictures of camera "${name}".`,
        'Close that window, or switch the camera off there.',
      );
    }
    if (!before || before.client !== client) {
      // A window that is closed or loaded anew leaves its cameras at once.
      client?.onLeave(() => {
        if (this.#bringing.get(name)?.client === client) this.#bringing.delete(name);
      });
    }
    this.#bringing.set(name, { client, at: now });
    return camera;
  }
}
