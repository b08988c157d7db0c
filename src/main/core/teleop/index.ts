import type { Disposable } from '../../../shared/disposable';
import { asForesightError, ForesightError } from '../../../shared/errors';
import { actionFor, standingAction } from '../../../shared/joint-goals';
import type { Rig } from '../../../shared/rig';
import { LeaderOptions, type LeaderStatus } from '../../../shared/teleop';
import type { Host } from '../../processes/port';
import type { Client } from '../clients';
import type { Notices } from '../notices';
import type { RigDesk } from '../rig-desk';
import { followed, type JointMap, jointMap } from './joint-map';
import { LeaderArm } from './leader-arm';
import { SoftStart } from './soft-start';

/** A command to the follower is good for so long, or for the watchdog time of its rig where that is longer. */
const LEASE_SECONDS = 0.3;

/** The follower moves with the leader. */
interface Engagement {
  start: SoftStart;
  rig: Rig;
  permit: AbortSignal;
  /** Monotonic ms of the step before. */
  at: number;
  /** Monotonic ms until which somebody wants it; infinite for a recording. */
  until: number;
  /** What was sent last, [actions]. */
  action: number[];
  onReached(): void;
  client: Client | undefined;
}

/** A leader arm, and the connected rig as its follower. */
export class Teleop {
  #arm: LeaderArm | null = null;
  #map: JointMap = [];
  #options: LeaderOptions = LeaderOptions.parse({});
  #engaged: Engagement | null = null;
  #away: { joint: string; away: number } | null = null;
  #watching: Disposable | null = null;

  constructor(
    private readonly host: Host,
    private readonly desk: RigDesk,
    private readonly notices: Notices,
  ) {}

  /** Null without a leader. */
  get status(): LeaderStatus | null {
    const arm = this.#arm;
    if (!arm) return null;
    const { title, name } = arm.rig.file;
    const stage =
      arm.lost !== null
        ? 'lost'
        : !this.#engaged
          ? 'ready'
          : this.#engaged.start.reached
            ? 'following'
            : 'approaching';
    return {
      ...{ rig: name, title, link: arm.link, torque: arm.torque, stage },
      reason: this.#reason(stage, arm),
      joints: this.#map.flatMap((one) => (one ? [{ follower: one.follower, leader: one.leader }] : [])),
    };
  }

  #reason(stage: LeaderStatus['stage'], arm: LeaderArm): string {
    switch (stage) {
      case 'lost':
        return `The leader is lost: ${arm.lost}`;
      case 'ready':
        return arm.torque === false
          ? "The leader's torque is off, as its motors say."
          : "Whether the leader's torque is off is not known.";
      case 'approaching':
        return this.#away
          ? `Going to the leader's pose: ${this.#away.joint} is ${this.#away.away.toFixed(2)} away.`
          : "Going to the leader's pose.";
      case 'following':
        return 'Does what the leader does.';
    }
  }

  /**
   * Opens a second rig as the leader of the connected one and takes its torque off.
   * @throws ForesightError wrong-use where the two do not fit; what opening it failed with
   */
  async connect(rig: string, port: string | undefined, options: LeaderOptions): Promise<LeaderStatus | null> {
    const follower = this.desk.require().rig;
    const leader = await this.desk.load(rig);
    const map = jointMap(follower.file, leader.file, options);
    await this.disconnect();
    const permit = this.desk.permit();
    const workspace = await this.desk.workspaceOf(leader);
    const arm = await LeaderArm.open(this.host, { rig: leader, port, workspace }, permit);
    this.#arm = arm;
    this.#map = map;
    this.#options = options;
    this.#watching = arm.onChange(() => this.#step());
    return this.status;
  }

  async disconnect(): Promise<void> {
    const arm = this.#arm;
    if (this.#engaged) await this.desk.hold('The leader was disconnected.').catch(() => undefined);
    this.#engaged = null;
    this.#watching?.dispose();
    this.#arm = null;
    await arm?.close();
  }

  /**
   * The follower goes to the leader's pose and does what it does, for at most `seconds`; repeated while it is wanted. Without a
   * repetition the follower holds. 0 ends it, with a hold.
   */
  follow(seconds: number, client?: Client): void {
    if (seconds === 0) {
      if (!this.#engaged) return;
      this.#engaged = null;
      void this.desk.hold('Following was ended.').catch(() => undefined);
      return;
    }
    const until = performance.now() + seconds * 1000;
    if (this.#engaged) this.#engaged.until = Math.max(this.#engaged.until, until);
    else this.#engage(this.desk.permit(), until, client, () => undefined);
  }

  /**
   * For a recording: resolves when the follower is at the leader's pose, and goes on following until `end`.
   * @throws the permit's reason, and rig-gone where the leader is lost
   */
  async lead(permit: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      permit.addEventListener('abort', () => reject(permit.reason), { once: true });
      this.#engage(permit, Number.POSITIVE_INFINITY, undefined, resolve);
    });
  }

  /** Of a recording. */
  end(): void {
    this.#engaged = null;
  }

  /** What was commanded last, [actions]. */
  get action(): number[] {
    return this.#engaged?.action ?? [];
  }

  /** Who leads, for the log. */
  get words(): string {
    const arm = this.#arm;
    const joints = this.#map.flatMap((one) => (one ? [`${one.follower} by ${one.leader}`] : []));
    return arm
      ? `Driven by the leader arm "${arm.rig.file.title}" on ${arm.link}: ${joints.join(', ')}.`
      : '';
  }

  #engage(permit: AbortSignal, until: number, client: Client | undefined, onReached: () => void): void {
    permit.throwIfAborted();
    const { rig, session } = this.desk.require();
    this.desk.requireReady();
    if (session.mode === 'lockstep') throw needsRealTime();
    const arm = this.requireArm();
    if (arm.lost !== null) {
      throw new ForesightError('rig-gone', `The leader is lost: ${arm.lost}`, 'Connect the leader again.');
    }
    const observation = this.desk.newest;
    if (!observation) {
      throw new ForesightError(
        'rig-silent',
        'The rig has not said yet where it is.',
        'Try again in a moment.',
      );
    }
    this.#engaged = {
      ...{
        start: new SoftStart(rig.file, this.#options.approachSpeed),
        rig,
        permit,
        until,
        onReached,
        client,
      },
      at: performance.now(),
      action: standingAction(rig.file, observation),
    };
  }

  /** @throws ForesightError not-found */
  requireArm(): LeaderArm {
    if (this.#arm) return this.#arm;
    throw new ForesightError('not-found', 'No leader arm is connected.', 'Connect one beside the rig first.');
  }

  /** The leader has said something, or is lost. */
  #step(): void {
    const engaged = this.#engaged;
    const arm = this.#arm;
    if (!engaged || !arm) return;
    if (engaged.permit.aborted) {
      this.#engaged = null;
      return;
    }
    const now = performance.now();
    if (arm.lost !== null) {
      this.#give(`The leader is lost: ${arm.lost}`);
      return;
    }
    if (now > engaged.until) {
      this.#give('Nobody asks the rig to follow any more.');
      return;
    }
    const { newest } = this.desk;
    if (!newest || !arm.observation) return;
    const { file } = engaged.rig;
    const seconds = Math.min(0.2, (now - engaged.at) / 1000);
    engaged.at = now;
    const { start } = engaged;
    const before = start.reached;
    const { goals, reached, farthest } = start.step(followed(this.#map, arm.observation), newest, seconds);
    this.#away = farthest;
    engaged.action = actionFor(start.joints, goals, newest, engaged.action, file.periodSeconds);
    this.desk.jog(engaged.action, Math.max(LEASE_SECONDS, file.safety.watchdogSeconds), {
      thenHold: true,
      client: engaged.client,
    });
    if (reached && !before) engaged.onReached();
  }

  /** The follower holds, and somebody is told why. */
  #give(why: string): void {
    this.#engaged = null;
    this.notices.failure(
      new ForesightError('rig-gone', why, 'Look at both arms; connect the leader again, then resume.'),
    );
    this.desk.hold(why).catch((thrown: unknown) => this.notices.failure(asForesightError(thrown)));
  }
}

export const needsRealTime = () =>
  new ForesightError(
    'wrong-use',
    'A simulated rig in lockstep stands still between steps: nobody can drive it by hand.',
    'Connect to it in real time.',
  );
