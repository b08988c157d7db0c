import { AXES, type AxisName, type GcodeAxis, type GcodeOptions } from '../../../../shared/gcode';
import type { RigFile } from '../../../../shared/rig';

interface Moving {
  name: AxisName;
  /** In the order in which controllers report axes. */
  index: number;
  settings: GcodeAxis;
  maxLead: number;
}

/** A way to go: places of the machine in m, and how fast, m/s. */
export interface Way {
  places: Partial<Record<AxisName, number>>;
  speed: number;
}

/** Where the axes of a machine are and where they are told to be. Places in m: of the channels, unless said otherwise. */
export class Gantry {
  private readonly axes: readonly Moving[];
  private present: number[] | undefined;
  private readonly velocities: number[];
  private readonly goals: number[];
  private seenAt = 0;
  private doubted: { places: readonly number[]; seconds: number } | undefined;

  constructor(
    private readonly file: Pick<RigFile, 'observations' | 'actions' | 'periodSeconds'>,
    options: GcodeOptions,
  ) {
    this.axes = AXES.flatMap((name, index) => {
      const settings = options.axes[name];
      if (!settings) return [];
      const maxLead = settings.maxLead ?? 3 * file.periodSeconds * settings.maxSpeed;
      return [{ name, index, settings, maxLead }];
    });
    this.velocities = this.axes.map(() => 0);
    this.goals = this.axes.map(() => 0);
  }

  /** Axes that the machine must report. */
  get needs(): number {
    return 1 + Math.max(...this.axes.map(({ index }) => index));
  }

  /**
   * The machine says that it is there: `machine` in m, its own coordinates; host clock. False for a place that it cannot have come
   * to since the last one: a digit was damaged on the way, or it counts from elsewhere, which the next report then says as well.
   */
  see(machine: readonly number[], seconds: number): boolean {
    const places = this.axes.map(({ index, settings }) => (machine[index] ?? 0) + settings.offset);
    const { present, doubted } = this;
    const isNear = (from: readonly number[], since: number) =>
      this.axes.every(({ settings }, i) => {
        const most = 2 * settings.maxSpeed * (seconds - since) + NEAR_METRES;
        return Math.abs((places[i] ?? 0) - (from[i] ?? 0)) <= most;
      });
    const isKnown = present !== undefined && isNear(present, this.seenAt);
    const isToldAgain = doubted !== undefined && isNear(doubted.places, doubted.seconds);
    if (present && !isKnown && !isToldAgain) {
      this.doubted = { places, seconds };
      return false;
    }
    this.doubted = undefined;
    const elapsed = seconds - this.seenAt;
    places.forEach((place, i) => {
      if (isKnown && elapsed > 1e-4) this.velocities[i] = (place - (present[i] ?? place)) / elapsed;
    });
    this.present = places;
    this.seenAt = seconds;
    // It counts from elsewhere now: what it is told goes on from there.
    if (!isKnown) this.settle();
    return true;
  }

  /** It counts from elsewhere from now on: the next report is taken as it is. */
  relocate(): void {
    this.present = undefined;
    this.doubted = undefined;
  }

  /** [observations] */
  observation(): Float64Array {
    return Float64Array.from(this.file.observations, ({ gcode }) => {
      const place = this.axes.findIndex(({ name }) => name === gcode?.axis);
      return (gcode?.quantity === 'velocity' ? this.velocities : (this.present ?? []))[place] ?? Number.NaN;
    });
  }

  /** What is told from here on goes on from where the axes are. */
  settle(): void {
    this.present?.forEach((place, i) => {
      this.goals[i] = place;
    });
  }

  /**
   * One control period of a command: a way from the last goal, undefined where nothing is to move. Goals are never outside of
   * the limits, nor farther from the axis than its lead.
   */
  command(values: ArrayLike<number>): Way | undefined {
    const wanted = [...this.goals];
    this.file.actions.forEach(({ gcode }, i) => {
      const place = this.axes.findIndex(({ name }) => name === gcode?.axis);
      const value = values[i] ?? 0;
      if (place < 0) return;
      const from = this.goals[place] ?? 0;
      wanted[place] = gcode?.goal === 'position' ? value : from + value * this.file.periodSeconds;
    });
    return this.to(wanted, (axis, from, to) =>
      Math.min(axis.settings.maxSpeed, Math.abs(to - from) / this.file.periodSeconds),
    );
  }

  /** The whole way to the start, at no more than `speed`; undefined where it is there already. */
  toStart(speed: number): Way | undefined {
    this.settle();
    const places = this.axes.map(({ settings }, i) => settings.start ?? this.goals[i] ?? 0);
    const way = this.way(places, () => speed);
    places.forEach((place, i) => {
      this.goals[i] = place;
    });
    return way;
  }

  /**
   * How far the axes are from the start at most, m; 0 where none has one. Not from the goals: a report that comes late looks like a
   * jump, and takes those along.
   */
  get fromStart(): number {
    const { present } = this;
    const away = this.axes.map(({ settings: { start } }, i) =>
      start === undefined ? 0 : Math.abs(start - (present?.[i] ?? Number.POSITIVE_INFINITY)),
    );
    return Math.max(...away);
  }

  /** [actions] what is being applied: places are the goals; speeds are `commanded`. */
  applied(commanded: ArrayLike<number>): Float64Array {
    return Float64Array.from(this.file.actions, ({ gcode }, i) => {
      if (gcode?.goal !== 'position') return commanded[i] ?? 0;
      return this.goals[this.axes.findIndex(({ name }) => name === gcode.axis)] ?? Number.NaN;
    });
  }

  private to(
    wanted: readonly number[],
    speed: (axis: Moving, from: number, to: number) => number,
  ): Way | undefined {
    const places = this.axes.map(({ settings: { limits }, maxLead }, i) => {
      const here = this.present?.[i] ?? this.goals[i] ?? 0;
      const near = Math.min(here + maxLead, Math.max(here - maxLead, wanted[i] ?? here));
      return Math.min(limits[1], Math.max(limits[0], near));
    });
    const way = this.way(places, speed);
    if (way) for (const [i, place] of places.entries()) this.goals[i] = place;
    return way;
  }

  /** From the goals as they are; undefined where it is shorter than what machines resolve. */
  private way(
    places: readonly number[],
    speed: (axis: Moving, from: number, to: number) => number,
  ): Way | undefined {
    const moves = this.axes.flatMap((axis, i) => {
      const [from, to] = [this.goals[i] ?? 0, places[i] ?? 0];
      return Math.abs(to - from) < SHORTEST_METRES ? [] : [{ axis, from, to }];
    });
    if (moves.length === 0) return undefined;
    return {
      places: Object.fromEntries(moves.map(({ axis, to }) => [axis.name, to - axis.settings.offset])),
      speed: Math.hypot(...moves.map(({ axis, from, to }) => speed(axis, from, to))),
    };
  }
}

const SHORTEST_METRES = 1e-6;
/** Rounding, and reports that came in one piece. */
const NEAR_METRES = 2e-3;
