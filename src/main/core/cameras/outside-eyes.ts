import { type Camera, isSimulated } from '../../../shared/camera';
import type { Disposable } from '../../../shared/disposable';
import type { OutsideCamera, OutsidePicture } from '../../camera/outside/outside-camera';
import type { TickMessage } from '../../control/messages';
import type { AboutEpisode, EpisodeEyes } from './types';

/** A camera from which nothing came for so many of its periods is taken for blind. */
const BLIND_PERIODS = 2;
/** Of a period: a picture that is so early after the one before is one too many of a camera that is faster than asked for. */
const TOO_EARLY = 0.5;

/** Steps that are remembered with when they were; a picture that is older belongs to the oldest of them. */
const KEPT_STEPS = 64;

interface Eye {
  source: OutsideCamera;
  camera: Camera;
  place: number;
  /** The newest picture that is stored, or was looked at and left out. */
  sequence: number;
  /** Of it, s since the episode began. */
  captured: number;
  data: Uint8Array | null;
  /** Somebody was told that nothing new comes. */
  blind: boolean;
}

/**
 * Cameras whose pictures come from outside, in one episode. A picture's time is when it was captured, on the clock of the
 * episode's rows; its number counts the camera's periods, by what lies between two pictures, so that one that is missing
 * leaves a gap. The picture that was the newest when the episode began is its first: the first step saw it.
 */
export class OutsideEyes implements EpisodeEyes {
  readonly #eyes: Eye[];
  readonly #subscriptions: Disposable[];
  /** ms of `performance.now()` less s since the episode began: the least of what was seen, which was under way the shortest. */
  #offsetMs = Number.POSITIVE_INFINITY;
  #newest: TickMessage | null = null;
  /** The newest steps, oldest first, for pictures that come later than they were captured. */
  #steps: Pick<TickMessage, 'step' | 'hostSeconds'>[] = [];
  #closed = false;

  constructor(
    sources: ReadonlyMap<number, OutsideCamera>,
    private readonly about: AboutEpisode,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#eyes = about.cameras.flatMap((camera, place) => {
      const source = sources.get(place);
      if (isSimulated(camera) || !source) return [];
      return [{ source, camera, place, sequence: -1, captured: 0, data: null, blind: false }];
    });
    this.#subscriptions = this.#eyes.map((eye) =>
      eye.source.onPicture((picture) => this.#take(eye, picture)),
    );
  }

  see(tick: TickMessage): void {
    const isFirst = this.#newest === null;
    this.#newest = tick;
    this.#steps.push({ step: tick.step, hostSeconds: tick.hostSeconds });
    if (this.#steps.length > KEPT_STEPS) this.#steps.shift();
    if (this.about.mode === 'lockstep') {
      if (isFirst)
        for (const eye of this.#eyes) this.#tellBlind(eye, 'this rig is stepped faster than real time');
      return;
    }
    this.#offsetMs = Math.min(this.#offsetMs, this.now() - 1000 * tick.hostSeconds);
    for (const eye of this.#eyes) {
      const before = eye.source.newest;
      if (isFirst && before && this.now() - before.capturedAt <= (1000 * BLIND_PERIODS) / eye.camera.rate) {
        this.#take(eye, before);
      }
      const waited = tick.hostSeconds - eye.captured;
      if (waited * eye.camera.rate > BLIND_PERIODS) {
        this.#tellBlind(eye, eye.source.trouble ?? `none came for ${Math.round(1000 * waited)} ms`);
      }
    }
  }

  close(): Promise<void> {
    const end = this.#newest?.hostSeconds ?? 0;
    if (this.about.mode === 'realtime') {
      for (const eye of this.#eyes) {
        // The one that is due next may be on its way.
        const due = Math.floor((end - eye.captured) * eye.camera.rate) - 1;
        this.#drop(eye, eye.sequence < 0 ? due + 1 : due);
      }
    }
    this.#closed = true;
    for (const subscription of this.#subscriptions) subscription.dispose();
    return Promise.resolve();
  }

  #take(eye: Eye, { capturedAt, data }: OutsidePicture): void {
    const tick = this.#newest;
    if (this.#closed || tick === null || this.about.mode === 'lockstep') return;
    const hostSeconds = (capturedAt - this.#offsetMs) / 1000;
    const periods = (hostSeconds - eye.captured) * eye.camera.rate;
    const isFirst = eye.sequence < 0;
    if (!isFirst && periods < TOO_EARLY) return;
    const next = isFirst ? Math.max(0, Math.round(periods)) : eye.sequence + Math.max(1, Math.round(periods));
    this.#drop(eye, next - eye.sequence - 1);
    const isRepeated = eye.data !== null && Buffer.compare(eye.data, data) === 0;
    eye.sequence = next;
    eye.captured = hostSeconds;
    eye.data = data;
    if (isRepeated) {
      this.#drop(eye, 1);
      this.#tellBlind(eye, 'it sends the same picture to the byte again, so it has frozen or is covered');
      return;
    }
    const deviceSeconds = tick.deviceSeconds + hostSeconds - tick.hostSeconds;
    const frame = { camera: eye.place, sequence: next, hostSeconds, deviceSeconds, data };
    this.about.log.appendFrames(this.about.episode, [frame], []);
    this.about.onPicture?.(eye.place, this.#seenFrom(hostSeconds, tick), data);
    if (!eye.blind) return;
    eye.blind = false;
    this.about.note({ step: tick.step, kind: 'camera', message: `Camera "${eye.camera.name}" sees again.` });
  }

  /** The first step that saw a picture, as it will be read in the recording (framesSeen); the next one where none has yet. */
  #seenFrom(captured: number, newest: TickMessage): number {
    return this.#steps.find(({ hostSeconds }) => captured <= hostSeconds)?.step ?? newest.step + 1;
  }

  #drop({ place }: Eye, count: number): void {
    if (count <= 0 || this.#closed) return;
    this.about.log.appendFrames(this.about.episode, [], new Array<number>(count).fill(place));
  }

  /** Once, until it sees again. */
  #tellBlind(eye: Eye, why: string): void {
    if (eye.blind || this.#closed) return;
    eye.blind = true;
    const message = `Camera "${eye.camera.name}" shows nothing: ${why}. Pictures are missing from here on, none is repeated.`;
    this.about.note({ step: this.#newest?.step ?? 0, kind: 'camera', message });
  }
}
