import type { Disposable } from '../../shared/disposable';
import { ForesightError } from '../../shared/errors';
import { type DeviceIdentity, type PortListing, portName } from '../../shared/ports';
import type { PluggedIn, PoseCheck } from '../../shared/pose-check';
import type { Rig } from '../../shared/rig';
import type { RigSession } from '../control/rig-session';
import type { DriverInfo } from '../rig/driver';
import { compareJoints } from './pose-words';

/** Between two looks for a device that is out. */
const LOOK_MS = 1000;
/** How long the first observation of a robot that has come back may take. */
const POSE_SECONDS = 5;

/** A rig that was lost, as it was seen last. */
interface Lost {
  rig: string;
  device: DeviceIdentity;
  /** [observations]; null when none had come. */
  observation: readonly number[] | null;
}

/**
 * A robot that was lost and comes back. While its device is out it is looked for by what it is, so that another port name makes no
 * difference. Connected again it stays on hold: its pose is compared with what was seen last, and only a person's
 * confirmation lets it move.
 */
export class RigReturn {
  #lost: Lost | null = null;
  #back: PluggedIn | null = null;
  #check: PoseCheck | null = null;
  #checks = 0;
  #seen: readonly number[] | null = null;
  #looking: NodeJS.Timeout | undefined;
  #listening: Disposable[] = [];

  constructor(
    private readonly ports: { list(): Promise<PortListing[]> },
    private readonly changed: () => void,
  ) {}

  /** The lost rig's device, once it is plugged in again. */
  get back(): PluggedIn | null {
    return this.#back;
  }

  /** What has to be confirmed before the rig moves. */
  get check(): PoseCheck | null {
    return this.#check;
  }

  /** Whether a connection to this rig is to stay on hold. Another rig, and the lost one is forgotten. */
  isReturn(rig: string): boolean {
    if (this.#lost && this.#lost.rig !== rig) this.forget();
    return this.#lost !== null;
  }

  /** From now on what the rig shows is remembered. */
  follow(session: RigSession): void {
    this.#unfollow();
    this.#seen = null;
    const see = ({ observation }: { observation: number[] }) => {
      this.#seen = observation;
    };
    this.#listening = [session.onLive(see), session.onTick(see)];
  }

  /** Only a device on a cable comes back. */
  lose(session: RigSession): void {
    const { device } = session.info;
    this.#unfollow();
    this.#check = null;
    if (!device) return;
    // Lost again before its pose was confirmed: what was seen before that is still what counts.
    this.#lost ??= { rig: session.rig.file.name, device, observation: this.#seen };
    this.#look();
  }

  forget(): void {
    this.#lost = null;
    this.#stopLooking();
    this.#check = null;
  }

  /** The rig is left before its pose was confirmed: that is asked for again the next time. */
  left(): void {
    this.#check = null;
    this.#unfollow();
  }

  close(): void {
    this.#stopLooking();
    this.#unfollow();
  }

  /**
   * Compares a rig that is connected again, and on hold, with what was seen of it last. False where there is nothing to compare: what
   * came back is simulated.
   */
  async compare(session: RigSession, rig: Rig): Promise<boolean> {
    const lost = this.#lost;
    this.#stopLooking();
    if (!lost || !session.info.device) return false;
    const now = await firstObservation(session);
    const joints = lost.observation && now ? compareJoints(rig.file, lost.observation, now) : [];
    const found = [
      deviceWords(lost.device, session.info.device, session.info.link),
      ...motorWords(session.info),
      ...(lost.observation
        ? []
        : ['Nothing was seen of its pose before it was lost: there is nothing to compare.']),
      ...(now ? [] : ['Nothing has been measured since it is back: where its joints are is not known.']),
    ];
    const isOther = lost.device.key !== session.info.device.key;
    const differs =
      joints.some(({ moved }) => moved !== null) ||
      joints.length === 0 ||
      isOther ||
      hasLostTorque(session.info);
    this.#checks += 1;
    this.#check = { id: this.#checks, rig: rig.file.name, found, joints, differs };
    this.changed();
    return true;
  }

  /** @throws ForesightError `stopped` while a person has not confirmed the pose */
  requireConfirmed(): void {
    if (!this.#check) return;
    throw new ForesightError(
      'stopped',
      'The robot was lost and has come back: its pose has not been confirmed.',
      'Compare the robot with what was seen of it last, in the room Rig, and confirm there.',
    );
  }

  /** A person has looked. @throws ForesightError when it is not this check that is asked for */
  confirm(id: number): void {
    if (this.#check?.id !== id) {
      throw new ForesightError(
        'not-found',
        'There is no such check of the pose any more.',
        'Look at the newest one.',
      );
    }
    this.forget();
  }

  #unfollow(): void {
    for (const one of this.#listening.splice(0)) one.dispose();
  }

  #look(): void {
    this.#stopLooking();
    let busy = false;
    this.#looking = setInterval(() => {
      if (busy) return;
      busy = true;
      void this.ports
        .list()
        .catch(() => [])
        .then((ports) => this.#see(ports))
        .finally(() => {
          busy = false;
        });
    }, LOOK_MS);
    this.#looking.unref();
  }

  #see(ports: readonly PortListing[]): void {
    if (!this.#looking || !this.#lost) return;
    const { device } = this.#lost;
    const same = ports.filter((port) => isSame(port, device));
    const [only, ...others] = same;
    const back = only
      ? {
          port: others.length > 0 ? same.map(portName).join(', ') : portName(only),
          words: others.length > 0 ? TWINS : device.key === null ? UNSURE : SAME,
        }
      : null;
    if (JSON.stringify(back) === JSON.stringify(this.#back)) return;
    this.#back = back;
    this.changed();
  }

  #stopLooking(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
    this.#back = null;
  }
}

const SAME = 'It is the device that was lost, by its serial number.';
const UNSURE = 'It has no serial number of its own: look whether it is the robot that was lost.';
const TWINS = 'Several devices say that they have its serial number: unplug all but the one that is meant.';

function isSame(port: PortListing, device: DeviceIdentity): boolean {
  if (device.key !== null) return port.key === device.key;
  return device.vendorId !== null && port.vendorId === device.vendorId && port.productId === device.productId;
}

function deviceWords(before: DeviceIdentity, now: DeviceIdentity, link: string): string {
  if (before.key !== null && before.key === now.key)
    return `It is the same device, by its serial number, on ${link}.`;
  if (before.key !== null) return `It is ANOTHER device than the one that was lost, on ${link}.`;
  return `It is on ${link}; whether it is the same device cannot be told, as it has no serial number of its own.`;
}

function motorWords({ device, torqueFound }: DriverInfo): string[] {
  const words: string[] = [];
  if (device?.motors) {
    words.push(`All ${device.motors.length} motors answer, with the numbers and models of the rig file.`);
  }
  if (!torqueFound) return words;
  const { on, off } = torqueFound;
  if (off.length === 0) words.push(`All ${on.length} driven motors still exerted torque when it was found.`);
  else {
    words.push(
      `${off.join(', ')} exerted no torque when it was found: its supply had failed, and what it carried may have dropped. All hold now, where they are.`,
    );
  }
  return words;
}

function hasLostTorque({ torqueFound }: DriverInfo): boolean {
  return (torqueFound?.off.length ?? 0) > 0;
}

function firstObservation(session: RigSession): Promise<readonly number[] | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(null), 1000 * POSE_SECONDS);
    const settle = (observation: readonly number[] | null) => {
      clearTimeout(timer);
      // Told of the newest at once, before there is anything to dispose.
      queueMicrotask(() => listening.dispose());
      resolve(observation);
    };
    const listening = session.onLive(({ observation }) => settle(observation));
  });
}
