import type { RecordInput } from '../../shared/contract';
import { ForesightError } from '../../shared/errors';
import { standingAction } from '../../shared/joint-goals';
import { Random } from '../../shared/random';
import type { RigFile } from '../../shared/rig';
import type { RigSession } from '../control/rig-session';
import type { EpisodeOrder } from './conductor';
import { excitationNotes, excitingController, requireExcitation } from './excitation';
import type { RigDesk } from './rig-desk';
import { needsRealTime, type Teleop } from './teleop';

/** How long a rig that is driven by hand waits for the first command. */
const FIRST_COMMAND_SECONDS = 3;
/** How long a command of a leader is good for at the beginning of an episode, or the rig's watchdog time where that is longer. */
const FIRST_LED_SECONDS = 0.5;

type Driven = Pick<EpisodeOrder, 'controller' | 'source' | 'notes' | 'stay'>;

/** What decides the actions of a recording: a signal, a hand, or a leader arm. */
export class Recording {
  readonly #random: Random;

  /** @throws ForesightError wrong-use: what is asked for does not fit the rig, or nobody could drive it */
  constructor(
    private readonly input: RecordInput,
    private readonly rig: RigFile,
    session: RigSession,
    private readonly desk: RigDesk,
    private readonly teleop: Teleop,
  ) {
    this.#random = new Random(input.seed);
    requireExcitation(input, rig);
    if (input.drive.by === 'excitation') return;
    if (session.mode === 'lockstep') throw needsRealTime();
    if (input.drive.by === 'leader') teleop.requireArm();
  }

  /** Before the first episode. @throws the permit's reason; rig-gone where the leader is lost */
  async begin(permit: AbortSignal): Promise<void> {
    if (this.input.drive.by === 'leader') await this.teleop.lead(permit);
  }

  /** Of the episode of this index, from 0. */
  order(index: number): Driven & Pick<EpisodeOrder, 'seed'> {
    return { ...this.#driven(index), seed: this.#random.fork(`start ${index}`).integer(2 ** 31) };
  }

  end(): void {
    if (this.input.drive.by === 'leader') this.teleop.end();
  }

  #driven(index: number): Driven {
    const { input, rig } = this;
    switch (input.drive.by) {
      case 'excitation':
        return {
          controller: excitingController(input, rig, this.#random, index),
          notes: excitationNotes(input, rig),
          source: 'random',
        };
      case 'hand': {
        const { fromStart, device } = input.drive;
        const standing = fromStart ? undefined : this.#standing();
        const action = standing ?? rig.actions.map(({ hold }) => hold);
        return {
          controller: { kind: 'jog', action, seconds: FIRST_COMMAND_SECONDS, thenHold: true },
          notes: [`Driven by hand${device ? `, ${DEVICE_WORDS[device]}` : ''}.`],
          source: 'teleop',
          ...(standing && { stay: standing }),
        };
      }
      case 'leader': {
        const { action } = this.teleop;
        return {
          controller: {
            kind: 'jog',
            action,
            seconds: Math.max(FIRST_LED_SECONDS, rig.safety.watchdogSeconds),
            thenHold: true,
          },
          notes: [this.teleop.words],
          source: 'teleop',
          stay: action,
        };
      }
    }
  }

  #standing(): number[] {
    const observation = this.desk.newest;
    if (observation) return standingAction(this.rig, observation);
    throw new ForesightError('rig-silent', 'The rig has not said yet where it is.', 'Try again in a moment.');
  }
}

const DEVICE_WORDS = {
  keyboard: 'with the keyboard',
  gamepad: 'with a gamepad',
  sliders: 'with the sliders on the screen',
  gizmo: 'by the hand in the 3D view',
} as const;
