import { ForesightError } from '../../../../shared/errors';
import type { BusMotor } from './motors';
import type { MotorStatus } from './protocol';

/** A single bad packet is nobody's fault; so many control periods in a row without an answer are. */
const FAILING_PERIODS = 5;
/** A supply that is so much lower at one motor than at the others is a bad plug. */
const VOLTAGE_SHARE = 0.85;

interface Health {
  /** Control periods without an answer, in a row. */
  missed: number;
  told: boolean;
  /** What it reports of itself, as told last. */
  conditions: string;
  volts: number;
}

/** Watches every motor of a line, and says which one is in trouble, and of what. */
export class Diagnosis {
  private readonly health: Health[];
  private damagedBefore = 0;

  constructor(
    private readonly motors: readonly BusMotor[],
    private readonly where: string,
    private readonly tell: (error: ForesightError) => void,
    /** Damaged packets so far. */
    private readonly damaged: () => number,
  ) {
    this.health = motors.map(() => ({ missed: 0, told: false, conditions: '', volts: Number.NaN }));
  }

  /** Control periods in a row in which the motor at `place` has not answered. */
  missed(place: number): number {
    return this.health[place]?.missed ?? 0;
  }

  /** What a control period has brought, [motors]. */
  see(answers: readonly (MotorStatus | undefined)[], alerts: readonly (readonly string[])[]): void {
    const before = this.damagedBefore;
    this.damagedBefore = this.damaged();
    this.motors.forEach((motor, i) => {
      const health = this.health[i];
      if (!health) return;
      const answer = answers[i];
      health.missed = answer ? 0 : health.missed + 1;
      if (answer) this.seeConditions(motor, health, answer, alerts[i] ?? []);
    });
    // All of them at once is the line's trouble, not a motor's: the watch for silence tells that.
    if (this.health.every(({ missed }) => missed > 0)) return;
    this.health.forEach((health, i) => {
      if (health.missed === 0) health.told = false;
      if (health.missed < FAILING_PERIODS || health.told) return;
      health.told = true;
      this.tell(this.failing(i, this.damagedBefore > before));
    });
  }

  private seeConditions(
    motor: BusMotor,
    health: Health,
    answer: MotorStatus,
    alerts: readonly string[],
  ): void {
    health.volts = motor.quantity(answer.parameters, 'voltage');
    const words = [...motor.conditions(answer.parameters), ...alerts].join('; ');
    const isNews = words !== health.conditions && words !== '';
    health.conditions = words;
    if (!isNews) return;
    this.tell(
      new ForesightError(
        'rig-refused',
        `${motor.called} on ${this.where} reports: ${words}.`,
        'Take the load off it and let it cool; Release ends its protection, Resume goes on.',
      ),
    );
  }

  private failing(place: number, isDamaged: boolean): ForesightError {
    const motor = this.motors[place];
    const periods = this.health[place]?.missed ?? 0;
    return new ForesightError(
      'bad-data',
      `${motor?.called} on ${this.where} has not answered for ${periods} control periods, other motors have: ${this.cause(place, isDamaged)}.`,
      'Put that right, then press Resume.',
    );
  }

  /** The likeliest one, as it stands behind a colon. */
  private cause(place: number, isDamaged: boolean): string {
    const health = this.health[place];
    const motor = this.motors[place];
    if (!health || !motor) return 'nobody knows why';
    if (health.conditions !== '') return `the last that it reported was: ${health.conditions}`;
    const others = this.health.filter((one, i) => i !== place && one.missed === 0 && one.volts > 0);
    const volts = others.reduce((sum, one) => sum + one.volts, 0) / others.length;
    if (health.volts < VOLTAGE_SHARE * volts) {
      return `its supply was ${health.volts.toFixed(1)} V at last, that of the others is ${volts.toFixed(1)} V; a plug or a wire is bad`;
    }
    if (isDamaged) {
      return `what comes instead is damaged; a plug is loose, or another motor has the number ${motor.id} as well`;
    }
    const behind = this.health.slice(place);
    const before = this.motors[place - 1];
    if (before && behind.length > 1 && behind.every(({ missed }) => missed >= FAILING_PERIODS)) {
      return `it and all motors behind it are silent, so the cable after ${before.called} is unplugged or broken`;
    }
    return 'its plug is loose, or it has restarted with another number or baud rate';
  }
}
