import type { RigFile } from '../../../../shared/rig';
import type { BusMotor } from './motors';

/**
 * Where the motors are told to be. Commands move the goals from where the motors are: a goal is never outside of its joint's
 * limits and never farther from its motor than a step, whatever was commanded, so that nothing jumps.
 */
export class Goals {
  /** [motors] rad. */
  private readonly goals: number[];
  private readonly driven: readonly { place: number; goal: 'position' | 'velocity' }[];

  constructor(
    private readonly motors: readonly BusMotor[],
    { actions }: Pick<RigFile, 'actions'>,
    private readonly periodSeconds: number,
  ) {
    this.goals = motors.map(() => 0);
    this.driven = actions.map(({ servo }) => ({
      place: motors.findIndex(({ name }) => name === servo?.motor),
      goal: servo?.goal ?? 'position',
    }));
  }

  /** The motors hold there, [motors] rad: commands go on from it. */
  set(goals: readonly number[]): void {
    goals.forEach((goal, i) => {
      this.goals[i] = goal;
    });
  }

  /**
   * A command for one control period.
   * @param values [actions]
   * @param present [motors] rad, where the motors are
   * @returns [motors] rad, undefined for a motor that no action drives
   */
  command(values: ArrayLike<number>, present: ArrayLike<number>): (number | undefined)[] {
    const told: (number | undefined)[] = this.motors.map(() => undefined);
    this.driven.forEach(({ place, goal }, i) => {
      const value = values[i] ?? 0;
      const wanted = goal === 'position' ? value : (this.goals[place] ?? 0) + value * this.periodSeconds;
      told[place] = this.move(place, wanted, present);
    });
    return told;
  }

  /** One control period towards `wanted` [motors] rad (undefined: stays), at no more than `speed` rad/s. */
  approach(
    wanted: readonly (number | undefined)[],
    speed: number,
    present: ArrayLike<number>,
  ): (number | undefined)[] {
    const most = speed * this.periodSeconds;
    return wanted.map((angle, place) => {
      if (angle === undefined) return undefined;
      const from = this.goals[place] ?? 0;
      return this.move(place, from + Math.min(most, Math.max(-most, angle - from)), present);
    });
  }

  /** [motors] rad. */
  get current(): readonly number[] {
    return this.goals;
  }

  /** [actions] rad, where the motor of each is told to be. */
  ofActions(): Float64Array {
    return Float64Array.from(this.driven, ({ place }) => this.goals[place] ?? Number.NaN);
  }

  /**
   * [actions] what is being applied where the motors say that their goals are `goals` [motors] rad: velocities are not the
   * motors', so they are `velocities` [actions].
   */
  applied(goals: ArrayLike<number>, velocities: ArrayLike<number>): Float64Array {
    return Float64Array.from(this.driven, ({ place, goal }, i) =>
      goal === 'position' ? (goals[place] ?? Number.NaN) : (velocities[i] ?? 0),
    );
  }

  private move(place: number, wanted: number, present: ArrayLike<number>): number {
    const goal = this.motors[place]?.within(wanted, present[place] ?? wanted) ?? wanted;
    this.goals[place] = goal;
    return goal;
  }
}
