/** A straight way through a machine, mm. */
interface Segment {
  target: number[];
  /** mm/s */
  feed: number;
}

/** GRBL's planner holds so many. */
const MOST_SEGMENTS = 15;

/** Moves along straight ways one after another, with a constant acceleration along the path; corners are taken without slowing down. */
export class Motion {
  /** mm */
  readonly position: number[];
  speed = 0;
  private readonly segments: Segment[] = [];
  private stopping = false;

  constructor(
    axes: number,
    private readonly acceleration: number,
  ) {
    this.position = new Array<number>(axes).fill(0);
  }

  get isIdle(): boolean {
    return this.segments.length === 0;
  }

  /** It was told to stop, and stands. */
  get isStopped(): boolean {
    return this.stopping && this.speed === 0;
  }

  get isFull(): boolean {
    return this.segments.length >= MOST_SEGMENTS;
  }

  get free(): number {
    return MOST_SEGMENTS - this.segments.length;
  }

  /** Where it is when everything is done. */
  get end(): readonly number[] {
    return this.segments.at(-1)?.target ?? this.position;
  }

  add(target: number[], feed: number): void {
    this.stopping = false;
    this.segments.push({ target, feed });
  }

  /** Slows down, wherever it was going. */
  stop(): void {
    this.stopping = true;
  }

  /** Goes on with what was left. */
  go(): void {
    this.stopping = false;
  }

  /** Stands at once, and forgets what was left. */
  cut(): void {
    this.speed = 0;
    this.segments.length = 0;
    this.stopping = false;
  }

  step(seconds: number): void {
    const [segment] = this.segments;
    if (!segment) {
      this.speed = 0;
      return;
    }
    const braking = Math.sqrt(2 * this.acceleration * this.remaining());
    const wanted = this.stopping ? 0 : Math.min(segment.feed, braking);
    const change = this.acceleration * seconds;
    this.speed = Math.max(0, Math.min(this.speed + change, Math.max(this.speed - change, wanted)));
    this.advance(this.speed * seconds);
    if (this.stopping && this.speed === 0) return;
    // The last hundredth of a step is not worth a Zeno's walk.
    if (this.remaining() < 1e-4) {
      const end = [...this.end];
      for (const [i, place] of end.entries()) this.position[i] = place;
      this.cut();
    }
  }

  private advance(distance: number): void {
    for (let left = distance; left > 0; ) {
      const [segment] = this.segments;
      if (!segment) return;
      const length = between(this.position, segment.target);
      const share = length <= left ? 1 : left / length;
      for (const [i, place] of segment.target.entries()) {
        this.position[i] = (this.position[i] ?? 0) + share * (place - (this.position[i] ?? 0));
      }
      if (share < 1) return;
      left -= length;
      this.segments.shift();
    }
  }

  private remaining(): number {
    let from: readonly number[] = this.position;
    return this.segments.reduce((sum, { target }) => {
      const length = between(from, target);
      from = target;
      return sum + length;
    }, 0);
  }
}

function between(one: readonly number[], other: readonly number[]): number {
  return Math.hypot(...one.map((place, i) => place - (other[i] ?? 0)));
}
