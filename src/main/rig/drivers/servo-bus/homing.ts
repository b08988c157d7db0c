import { ForesightError } from '../../../../shared/errors';
import { hostSeconds } from '../../clock';
import type { Observation } from '../../driver';
import type { BusMotor } from './motors';

/** A joint that stands this close to its start is there, rad: gravity bends what a proportional control holds. */
const NEAR_RAD = 0.12;
/** A goal that has been at the start for so long has a joint there, or never will. */
const SETTLE_SECONDS = 1.5;
/** A joint may take so many times as long as the way takes at the start speed, and so much longer. */
const PATIENCE = 2;
const PATIENCE_SECONDS = 3;

/** The way of all joints to their starts, a control period at a time. */
export class Homing {
  readonly wanted: readonly (number | undefined)[];
  readonly arrived: Promise<Observation>;
  private readonly deadline: number;
  private settle: { resolve(observation: Observation): void; reject(reason: ForesightError): void };
  private goalsThereSince: number | undefined;

  constructor(
    private readonly motors: readonly BusMotor[],
    private readonly where: string,
    present: ArrayLike<number>,
    speed: number,
  ) {
    this.wanted = motors.map(({ settings }) => settings.start);
    const ways = this.wanted.map((start, i) => Math.abs((start ?? present[i] ?? 0) - (present[i] ?? 0)));
    this.deadline = hostSeconds() + (PATIENCE * Math.max(0, ...ways)) / speed + PATIENCE_SECONDS;
    let settle: typeof this.settle | undefined;
    this.arrived = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    this.arrived.catch(() => {});
    this.settle = settle ?? { resolve: () => {}, reject: () => {} };
  }

  /** After a control period. True when the way is over, one way or the other. */
  see(observation: Observation, present: ArrayLike<number>, goals: ArrayLike<number>): boolean {
    const now = hostSeconds();
    const off = this.motors.flatMap((motor, i) => {
      const distance = Math.abs((this.wanted[i] ?? present[i] ?? 0) - (present[i] ?? 0));
      return distance > NEAR_RAD ? [`${motor.called} stands ${distance.toFixed(2)} rad away from it`] : [];
    });
    const goalsThere = this.wanted.every((start, i) => start === undefined || start === goals[i]);
    this.goalsThereSince = goalsThere ? (this.goalsThereSince ?? now) : undefined;
    if (goalsThere && off.length === 0) {
      this.settle.resolve(observation);
      return true;
    }
    const hasSettled = this.goalsThereSince !== undefined && now - this.goalsThereSince > SETTLE_SECONDS;
    if (!hasSettled && now < this.deadline) return false;
    this.end(
      new ForesightError(
        'rig-refused',
        `The rig on ${this.where} does not reach its start: ${off.join('; ')}.`,
        'Look for what is in the way, or for a joint that carries too much, then begin again.',
      ),
    );
    return true;
  }

  end(reason: ForesightError): void {
    this.settle.reject(reason);
  }
}
