import { isSimulated, ROSBRIDGE_HERE } from '../../../shared/camera';
import { ForesightError } from '../../../shared/errors';
import type { Rig } from '../../../shared/rig';
import type { RigCameraState } from '../../../shared/rig-camera';
import { OutsideCamera } from '../../camera/outside/outside-camera';
import { StreamReader } from '../../camera/outside/stream-reader';
import { TopicReader } from '../../camera/outside/topic-reader';
import { CLEAR } from '../../camera/simulated/conditions';
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
  readonly #readers: (StreamReader | TopicReader)[];
  readonly #windows: WindowCameras;
  /** Episodes that go on: what is seen then is computed for them, and nothing beside it. */
  #episodes = 0;
  /** By a camera's place: the newest that a simulated one computed for an episode. */
  readonly #seen = new Map<number, Uint8Array>();
  /** Pictures that somebody wanted outside of episodes: seeds of their noise. */
  #looks = 0;
  /** How the rig stood last outside of episodes, and what simulated cameras see of it as far as somebody wanted to know. */
  #stands: { pose: readonly number[]; pictures: Map<number, Promise<Uint8Array>> } | null = null;

  private constructor(
    private readonly rig: Rig,
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
    this.#readers = outside.flatMap((camera) => {
      const { source } = camera.camera;
      return source.kind === 'stream' ? [new StreamReader(camera, source.url)] : [];
    });
    this.#windows = new WindowCameras(outside.filter(({ camera }) => camera.source.kind === 'usb'));
  }

  /** @throws ForesightError what is wrong with the rig's simulated cameras; one that brings nothing yet is none */
  static async open(rig: Rig): Promise<RigCameras> {
    const thread = rig.file.cameras.some(isSimulated) ? await CameraThread.open(rig) : null;
    return new RigCameras(rig, thread);
  }

  /** The rig is there: topics of ROS are asked for. @param address of its rosbridge server, where it has one */
  reach(address: string | undefined): void {
    for (const camera of this.#outside.values()) {
      const { source } = camera.camera;
      if (source.kind !== 'rosbridge') continue;
      this.#readers.push(new TopicReader(camera, source, source.url ?? address ?? ROSBRIDGE_HERE));
    }
  }

  /** What sees an episode that begins. */
  watch(about: AboutEpisode): EpisodeEyes {
    const eyes: EpisodeEyes[] = [new OutsideEyes(this.#outside, about)];
    if (this.thread) eyes.push(new SimulatedEyes({ picture: this.#noted(this.thread) }, about));
    this.#episodes++;
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
        try {
          await Promise.all(eyes.map((eye) => eye.close()));
        } finally {
          this.#episodes--;
        }
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

  /** Outside of episodes: how the rig stands, joint positions in MJCF order. Nothing is computed of it until somebody wants to see it. */
  stands(pose: readonly number[]): void {
    this.#stands = { pose, pictures: new Map() };
  }

  /**
   * What a camera sees now, a JPEG or PNG file: the newest that came from outside or was computed for an episode, or else what a simulated
   * camera sees of the rig as it stands, with its noise and none of its other weaknesses. Null before there is any.
   * @throws ForesightError not-found; internal: the thread that computes pictures ended
   */
  async newest(name: string): Promise<Uint8Array | null> {
    const place = this.rig.file.cameras.findIndex((camera) => camera.name === name);
    if (place < 0) {
      throw new ForesightError(
        'not-found',
        `The rig that is connected has no camera "${name}".`,
        'Look at "cameras" in its rig.json.',
      );
    }
    const outside = this.#outside.get(place);
    if (outside) return outside.newest?.data ?? null;
    const stands = this.#episodes > 0 ? null : this.#stands;
    if (!stands || !this.thread) return this.#seen.get(place) ?? null;
    const known = stands.pictures.get(place);
    const picture = known ?? this.thread.picture(place, stands.pose, this.#looks++, CLEAR);
    stands.pictures.set(place, picture);
    return picture;
  }

  /** As the thread's, and remembers what came of it. */
  #noted(thread: CameraThread): CameraThread['picture'] {
    return async (place, ...how) => {
      const picture = await thread.picture(place, ...how);
      this.#seen.set(place, picture);
      return picture;
    };
  }

  async close(): Promise<void> {
    for (const reader of this.#readers) reader.close();
    await this.thread?.close();
  }

  /** The thread that computes pictures ends in the middle of what it does. */
  async terminate(): Promise<void> {
    await this.thread?.terminate();
  }
}
