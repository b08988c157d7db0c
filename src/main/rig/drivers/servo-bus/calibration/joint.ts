import type { CalibrationRegisters, JointProgress } from '../../../../../shared/calibration';
import type { BusMotor } from '../motors';
import { type Solved, solveJoint, turnOf } from './solve';
import { JointSweep } from './sweep';

/** A motor that has not answered for so long is told as silent. */
const SILENT_SECONDS = 0.5;
/** From this travel on a joint counts as moved, as a share of what its rig file expects. */
const DONE_SHARE = 0.7;

/** One joint in a calibration: what is known of its travel, and what follows from it. */
export class CalibratedJoint {
  readonly sweep: JointSweep;
  reversed = false;
  solved: Solved | undefined;
  readBack: CalibrationRegisters | null = null;
  private first: number | undefined;
  private heardAt: number;
  /** Counts that the motor's register adds to its encoder. */
  private readonly added: number;
  private newest = 0;

  /**
   * @param before what its registers hold
   * @param bounded it is in the mode in which goals stay within a turn
   */
  constructor(
    readonly motor: BusMotor,
    readonly before: CalibrationRegisters,
    private readonly bounded: boolean,
    seconds: number,
  ) {
    this.sweep = new JointSweep(turnOf(motor.model));
    this.added = (motor.model.calibration.offset?.sign ?? 1) * (before.homingOffset ?? 0);
    this.heardAt = seconds;
  }

  /** Counts of the motor's position register. */
  take(counts: number, seconds: number): void {
    this.heardAt = seconds;
    this.newest = counts;
    this.sweep.take(counts - this.added, seconds);
    this.first ??= this.sweep.position;
    this.show();
  }

  /** The arm is in its home pose. */
  home(): void {
    const { position, low, high, wrapped, broken } = this.sweep;
    if (position === undefined) return;
    this.solved = solveJoint(
      this.motor,
      { low, high, home: position, reversed: this.reversed, wrapped, broken },
      this.bounded,
    );
    this.homeAt = position;
    this.show();
  }

  /** What follows from the home pose is not known any more. */
  forget(): void {
    this.solved = undefined;
    this.homeAt = undefined;
  }

  again(): void {
    this.forget();
    this.sweep.again();
  }

  /** @param isRead readings are followed: one that stays away is told */
  progress(seconds: number, isRead = true): JointProgress {
    const { motor, sweep, solved, before, readBack } = this;
    const { file } = motor;
    const width = file.limits[1] - file.limits[0];
    const expected = file.passive || width > 2 * Math.PI ? null : width;
    const silent = isRead && seconds - this.heardAt > SILENT_SECONDS;
    const ends = [this.angle(sweep.low), this.angle(sweep.high)];
    const travel = sweep.travel * this.radPerCount;
    return {
      name: motor.name,
      id: motor.id,
      silent,
      position: sweep.position === undefined ? null : this.angle(sweep.position),
      low: sweep.position === undefined ? null : Math.min(...ends),
      high: sweep.position === undefined ? null : Math.max(...ends),
      expected,
      wrapped: sweep.wrapped,
      reversed: this.reversed,
      done: file.passive || (sweep.broken === undefined && travel >= DONE_SHARE * (expected ?? 2 * Math.PI)),
      passive: file.passive,
      findings: [
        ...(silent
          ? [{ weight: 'blocks' as const, message: 'It does not answer: check its plugs and the supply.' }]
          : []),
        ...(solved?.findings ??
          (sweep.broken === undefined
            ? []
            : [{ weight: 'blocks' as const, message: `Its travel is not known: ${sweep.broken}.` }])),
      ],
      proposal: solved?.motor && solved.limits ? { ...solved.motor, limits: solved.limits } : null,
      before,
      readBack,
    };
  }

  private homeAt: number | undefined;

  private get radPerCount(): number {
    return (2 * Math.PI) / this.motor.model.countsPerTurn;
  }

  private get direction(): 1 | -1 {
    return (this.reversed ? -this.motor.file.direction : this.motor.file.direction) as 1 | -1;
  }

  /** rad from the home pose, or from where it was at first. */
  private angle(encoder: number): number {
    const { home } = this.motor.file;
    const from = this.homeAt ?? this.first ?? 0;
    return (this.homeAt === undefined ? 0 : home) + this.direction * (encoder - from) * this.radPerCount;
  }

  /** What is drawn follows the hand: continuous over turns, and from the home pose on with the angles that would be written. */
  private show(): void {
    const { motor, added, direction } = this;
    const continuous = (this.sweep.position ?? 0) + added;
    const turn = turnOf(motor.model);
    const turns = Number.isFinite(turn) ? Math.round((this.newest - continuous) / turn) : 0;
    const old = motor.settings.zero ?? Math.round(motor.model.countsPerTurn / 2);
    const zero =
      this.homeAt === undefined
        ? old
        : this.homeAt + added - Math.round((direction * motor.file.home) / this.radPerCount);
    motor.preview(direction, zero, turns);
  }
}
