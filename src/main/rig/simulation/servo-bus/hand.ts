/** How fast a hand turns a joint, rad/s. */
const SPEED = 2.5;
/** N m a rad and a rad/s: a hand that follows where it wants to be, and is not stronger than a hand. */
const STIFFNESS = 25;
const DAMPING = 1.5;
const MOST_TORQUE = 3;
/** A joint that lags so far behind the hand stands at its stop, rad. */
const STOPPED = 0.25;
/** A joint so near to its home is there, rad: gravity pulls at the hand. */
const AT_HOME = 0.1;
/** A joint without stops is turned no farther than this either way, rad. */
const FARTHEST = 2.1 * Math.PI;

/** One way of one joint: to a stop, or back to where the hand found it. */
interface Way {
  joint: number;
  towards: 1 | -1 | 'back';
}

/**
 * A person's hand at the joints of simulated motors: it holds the arm where it is while it moves one joint after the other to
 * its stops, or all of them into the home pose. Where a motor exerts torque it lets go.
 */
export class Hand {
  /** rad: where the hand wants every joint to be; undefined while it is not at the arm. */
  private wanted: number[] | undefined;
  private found: number[] = [];
  /** rad/s: how fast the hand moves each joint at the moment. */
  private speeds: number[] = [];
  private ways: Way[] = [];
  private isAtHome = false;
  private isThere = false;

  /**
   * @param names of the joints, in the motors' order
   * @param home [motors] angle of the motor in the home pose, rad
   */
  constructor(
    private readonly names: readonly string[],
    private readonly home: readonly number[],
  ) {}

  /** "shoulder_pan", "home pose" and "at home", "holding", or null. */
  get doing(): string | null {
    if (!this.wanted) return null;
    const [way] = this.ways;
    if (way) return this.names[way.joint] ?? 'a joint';
    if (!this.isAtHome) return 'holding';
    return this.isThere ? 'at home' : 'home pose';
  }

  ask(does: 'sweep' | 'home' | 'nothing', angles: ArrayLike<number>): void {
    this.ways = [];
    this.isAtHome = does === 'home';
    this.isThere = false;
    this.wanted = does === 'nothing' ? undefined : Array.from(angles);
    this.found = Array.from(angles);
    if (does !== 'sweep') return;
    this.ways = this.names.flatMap((_, joint) =>
      ([1, -1, 'back'] as const).map((towards) => ({ joint, towards })),
    );
  }

  /** Torques of the hand, [motors] N m, for the next `seconds`. */
  torques(
    angles: ArrayLike<number>,
    velocities: ArrayLike<number>,
    isFree: boolean,
    seconds: number,
  ): number[] | undefined {
    if (!isFree) this.wanted = undefined;
    const { wanted } = this;
    if (!wanted) return undefined;
    this.speeds = wanted.map(() => 0);
    if (this.isAtHome) {
      const arrived = this.home.map((home, joint) => {
        return this.move(joint, home, seconds) && Math.abs(home - (angles[joint] ?? 0)) < AT_HOME;
      });
      this.isThere = !arrived.includes(false);
    }
    if (!this.isAtHome) this.follow(angles, seconds);
    return wanted.map((angle, joint) => {
      const slower = (this.speeds[joint] ?? 0) - (velocities[joint] ?? 0);
      const pull = STIFFNESS * (angle - (angles[joint] ?? 0)) + DAMPING * slower;
      return Math.min(MOST_TORQUE, Math.max(-MOST_TORQUE, pull));
    });
  }

  private follow(angles: ArrayLike<number>, seconds: number): void {
    const [way] = this.ways;
    if (!way || !this.wanted) return;
    const { joint, towards } = way;
    const [angle, found] = [angles[joint] ?? 0, this.found[joint] ?? 0];
    const goal = towards === 'back' ? found : found + towards * FARTHEST;
    const isThere = this.move(joint, goal, seconds);
    const lag = (this.wanted[joint] ?? 0) - angle;
    if (towards === 'back' ? !isThere : !isThere && lag * towards < STOPPED) return;
    this.wanted[joint] = angle;
    this.speeds[joint] = 0;
    this.ways.shift();
  }

  /** True when the hand is where it was to go. */
  private move(joint: number, goal: number, seconds: number): boolean {
    if (!this.wanted) return true;
    const from = this.wanted[joint] ?? goal;
    const most = SPEED * seconds;
    const step = Math.min(most, Math.max(-most, goal - from));
    this.wanted[joint] = from + step;
    if (seconds > 0) this.speeds[joint] = step / seconds;
    return this.wanted[joint] === goal;
  }
}
