import { setTimeout as pause } from 'node:timers/promises';
import { isSimulated, type SimulatedCamera } from '../../../shared/camera';
import { asForesightError } from '../../../shared/errors';
import { Random } from '../../../shared/random';
import { conditionsOf, isLost, type PoseAt, pictureDue, poseShown } from '../../camera/simulated/conditions';
import type { CameraThread } from '../../camera/thread/camera-thread';
import type { TickMessage } from '../../control/messages';
import type { LoggedFrame } from '../../log/types';
import type { AboutEpisode, EpisodeEyes } from './types';

/** A camera that owes so many pictures is taken for blind: what comes meanwhile is dropped. Real time only. */
const MOST_OWED = 2;
/** In lockstep the rig waits for a camera that is so many pictures behind. */
const MOST_AHEAD = 8;
/** How long the end of an episode waits for pictures that are on their way. */
const LAST_PICTURES_MS = 5000;

interface Eye {
  camera: SimulatedCamera;
  /** Among the rig's cameras. */
  place: number;
  /** Number of the next picture. */
  next: number;
  /** Pictures that were asked for and are not there. */
  owed: number;
  /** Somebody was told that nothing comes. */
  blind: boolean;
  /** How the rig stood, oldest first, as far back as a picture that comes now shows. */
  poses: PoseAt[];
  /** Of a step that has not been made yet. */
  ahead: { sequence: number; data: Promise<Uint8Array> } | null;
}

/**
 * The simulated cameras of one episode: which picture is due at which step, and where it goes. A picture is of the moment of a step; a
 * camera's numbers count its periods since the episode began, so that one that is missing leaves a gap.
 */
export class SimulatedEyes implements EpisodeEyes {
  readonly #eyes: Eye[];
  #newest: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(
    private readonly thread: Pick<CameraThread, 'picture'>,
    private readonly about: AboutEpisode,
  ) {
    this.#eyes = about.cameras.flatMap((camera, place) =>
      isSimulated(camera) ? [{ camera, place, next: 0, owed: 0, blind: false, poses: [], ahead: null }] : [],
    );
  }

  /** Pictures that somebody decides by before the step is made: the same ones that `see` then records. */
  look({ step, deviceSeconds, pose }: Pick<TickMessage, 'step' | 'deviceSeconds' | 'pose'>): void {
    if (pose === undefined) return;
    for (const eye of this.#eyes) {
      const shown = poseShown(eye.poses, eye.camera, deviceSeconds, pose);
      const sequence = pictureDue(eye.camera, deviceSeconds);
      if (sequence < eye.next || this.#isLost(eye, sequence)) continue;
      const data = this.#picture(eye, sequence, shown);
      eye.ahead = { sequence, data };
      this.#newest = data.then(
        (picture) => this.about.onPicture?.(eye.place, step, picture),
        () => undefined,
      );
    }
  }

  get asked(): Promise<unknown> {
    return this.#newest;
  }

  /** Asks for the pictures that are due at this step; waits for nothing. */
  see({ step, hostSeconds, deviceSeconds, pose }: TickMessage): void {
    if (pose === undefined) return;
    for (const eye of this.#eyes) {
      const { place } = eye;
      const shown = poseShown(eye.poses, eye.camera, deviceSeconds, pose);
      const sequence = pictureDue(eye.camera, deviceSeconds);
      if (sequence < eye.next) continue;
      // Periods that no step fell into.
      for (let missing = eye.next; missing < sequence; missing++) this.#drop(place);
      eye.next = sequence + 1;
      if (this.#isLost(eye, sequence)) {
        this.#drop(place);
        continue;
      }
      if (this.about.mode === 'realtime' && eye.owed >= MOST_OWED) {
        this.#drop(place);
        this.#tellBlind(eye, step, `it owes ${eye.owed} pictures`);
        continue;
      }
      eye.owed++;
      const ahead = eye.ahead?.sequence === sequence ? eye.ahead.data : null;
      const times = { hostSeconds, deviceSeconds };
      this.#newest = (ahead ?? this.#picture(eye, sequence, shown)).then(
        (data) => {
          this.#take(eye, step, { camera: place, sequence, ...times, data });
          if (!ahead) this.about.onPicture?.(place, step, data);
        },
        (thrown: unknown) => {
          eye.owed--;
          this.#drop(place);
          this.#tellBlind(eye, step, asForesightError(thrown).message);
        },
      );
    }
  }

  #picture({ place, camera }: Eye, sequence: number, pose: readonly number[]): Promise<Uint8Array> {
    const seed = new Random(this.about.seed).fork(`picture ${place} ${sequence}`).integer(2 ** 31);
    return this.thread.picture(place, pose, seed, conditionsOf(camera, this.#random(place), sequence));
  }

  #isLost({ place, camera }: Eye, sequence: number): boolean {
    return isLost(camera, this.#random(place), sequence);
  }

  /** Of what a camera is like in this episode. */
  #random(place: number): Random {
    return new Random(this.about.seed).fork(`camera ${place}`);
  }

  /** Lockstep: whether the rig has to wait, and for what. */
  get behind(): Promise<unknown> | undefined {
    const isBehind = this.about.mode === 'lockstep' && this.#eyes.some(({ owed }) => owed >= MOST_AHEAD);
    return isBehind ? this.#newest : undefined;
  }

  /** Resolves when what was asked for is in the log, or is given up. */
  async close(): Promise<void> {
    await Promise.race([this.#newest, pause(LAST_PICTURES_MS, undefined, { ref: false })]);
    for (const { owed, place } of this.#eyes) {
      for (let i = 0; i < owed; i++) this.#drop(place);
    }
    this.#closed = true;
  }

  #take(eye: Eye, step: number, frame: LoggedFrame): void {
    if (this.#closed) return;
    eye.owed--;
    this.about.log.appendFrames(this.about.episode, [frame], []);
    if (!eye.blind) return;
    eye.blind = false;
    this.about.note({ step, kind: 'camera', message: `Camera "${eye.camera.name}" sees again.` });
  }

  #drop(camera: number): void {
    if (!this.#closed) this.about.log.appendFrames(this.about.episode, [], [camera]);
  }

  /** Once, until it sees again. */
  #tellBlind(eye: Eye, step: number, why: string): void {
    if (eye.blind || this.#closed) return;
    eye.blind = true;
    const message = `Camera "${eye.camera.name}" shows nothing: ${why}. Pictures are missing from here on, none is repeated.`;
    this.about.note({ step, kind: 'camera', message });
  }
}
