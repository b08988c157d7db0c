import { isSimulated } from '../../../shared/camera';
import { ForesightError } from '../../../shared/errors';
import type { Rig } from '../../../shared/rig';
import type { RigCameraState } from '../../../shared/rig-camera';
import { OutsideCamera } from '../../camera/outside/outside-camera';
import { StreamReader } from '../../camera/outside/stream-reader';
import { CameraThread } from '../../camera/thread/camera-thread';
import type { Client } from '../clients';
import { OutsideEyes } from './outside-eyes';
import { SimulatedEyes } from './simulated-eyes';
import type { AboutEpisode, EpisodeEyes } from './types';
import { WindowCameras } from './window-cameras';

/** What is the matter with a USB camera before a window says something else. */
const NOBODY = 'no window brings its pictures';

/** The cameras of a connected rig: those that are computed, and those that bring pictures from outside. */
export class RigCameras {
  readonly #outside: ReadonlyMap<number, OutsideCamera>;
  readonly #streams: StreamReader[];
  readonly #windows: WindowCameras;

  private constructor(
    rig: Rig,
    private readonly thread: CameraThread | null,
  ) {
    this.#outside = new Map(
      rig.file.cameras.flatMap((camera, place) =>
        isSimulated(camera)
          ? []
          : [[place, new OutsideCamera(camera, camera.source.kind === 'usb' ? NOBODY : null)]],
      ),
    );
    const outside = [...this.#outside.values()];
    this.#streams = outside.flatMap((camera) =>
      camera.camera.source.kind === 'stream' ? [new StreamReader(camera, camera.camera.source.url)] : [],
    );
    this.#windows = new WindowCameras(outside.filter(({ camera }) => camera.source.kind === 'usb'));
  }

  /** @throws ForesightError what is wrong with the rig's simulated cameras; one that brings nothing yet is none */
  static async open(rig: Rig): Promise<RigCameras> {
    const thread = rig.file.cameras.some(isSimulated) ? await CameraThread.open(rig) : null;
    return new RigCameras(rig, thread);
  }

  /** What sees an episode that begins. */
  watch(about: AboutEpisode): EpisodeEyes {
    const eyes: EpisodeEyes[] = [new OutsideEyes(this.#outside, about)];
    if (this.thread) eyes.push(new SimulatedEyes(this.thread, about));
    return {
      see: (tick) => {
        for (const eye of eyes) eye.see(tick);
      },
      look: (step) => {
        for (const eye of eyes) eye.look?.(step);
      },
      get asked() {
        return Promise.all(eyes.map((eye) => eye.asked));
      },
      get behind() {
        return eyes.find(({ behind }) => behind)?.behind;
      },
      close: async () => {
        await Promise.all(eyes.map((eye) => eye.close()));
      },
    };
  }

  /**
   * A picture that a window took.
   * @param ageMs how long ago it was captured when it was sent
   * @throws ForesightError not-found, busy, bad-data
   */
  take(name: string, data: Uint8Array, ageMs: number, client: Client | undefined): void {
    this.#windows.take(name, data, ageMs, client);
  }

  /** A window that cannot bring pictures says why. */
  fail(name: string, trouble: string, client: Client | undefined): void {
    this.#windows.fail(name, trouble, client);
  }

  /** Those that bring pictures from outside, and whether they do. */
  states(): RigCameraState[] {
    return [...this.#outside.values()].map(({ camera, newest, received, trouble }) => ({
      name: camera.name,
      kind: camera.source.kind === 'usb' ? 'usb' : 'stream',
      received,
      ageMs: newest ? performance.now() - newest.capturedAt : null,
      trouble,
    }));
  }

  /** The newest picture of one that brings them from outside, a JPEG file. @throws ForesightError not-found */
  newest(name: string): Uint8Array | null {
    const found = [...this.#outside.values()].find(({ camera }) => camera.name === name);
    if (found) return found.newest?.data ?? null;
    throw new ForesightError(
      'not-found',
      `The rig that is connected has no camera "${name}" whose pictures come from outside.`,
      'Look at "cameras" in its rig.json.',
    );
  }

  async close(): Promise<void> {
    for (const stream of this.#streams) stream.close();
    await this.thread?.close();
  }

  /** The thread that computes pictures ends in the middle of what it does. */
  async terminate(): Promise<void> {
    await this.thread?.terminate();
  }
}
