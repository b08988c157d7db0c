import type { Camera } from '../../../shared/camera';
import type { EpisodeEvent } from '../../../shared/episode';
import type { TickMessage } from '../../control/messages';
import type { Log } from '../../log/types';

/** What cameras have to know of the episode that they see. */
export interface AboutEpisode {
  episode: number;
  /** Of the rig, all of them: a picture belongs to the place of its camera here. */
  cameras: readonly Camera[];
  seed: number;
  mode: 'realtime' | 'lockstep';
  log: Pick<Log, 'appendFrames'>;
  note(event: EpisodeEvent): void;
  /**
   * A camera's picture is there.
   * @param camera its place among the rig's
   * @param step the first whose row was no earlier than the picture was captured: it came later than that, or shortly before it
   */
  onPicture?(camera: number, step: number, data: Uint8Array): void;
}

/** What sees an episode, and puts it into the log. */
export interface EpisodeEyes {
  /** A step was made; waits for nothing. */
  see(tick: TickMessage): void;
  /** Lockstep: the rig stands at a step that is decided on by what is seen there. */
  look?(step: Pick<TickMessage, 'step' | 'deviceSeconds' | 'pose'>): void;
  /** Resolves when what was asked for until now is there, or is given up; left out by what nothing is asked of. */
  readonly asked?: Promise<unknown> | undefined;
  /** Lockstep: what the rig has to wait for, where it has to. */
  readonly behind?: Promise<unknown> | undefined;
  /** Resolves when what was seen is in the log, or is given up. */
  close(): Promise<void>;
}
