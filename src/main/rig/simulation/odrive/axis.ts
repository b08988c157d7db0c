export const IDLE = 1;
export const CLOSED_LOOP = 8;
const TORQUE_CONTROL = 1;
const VELOCITY_CONTROL = 2;
const POSITION_CONTROL = 3;
const WATCHDOG_EXPIRED = 0x800;
const MOTOR_FAILED = 0x40;
const CURRENT_LIMIT_VIOLATION = 0x1000;
/** Firmware 0.5's own: (turns/s)/turn, N m/(turn/s), N m/turn. */
const POSITION_GAIN = 20;
const VELOCITY_GAIN = 0.17;
const VELOCITY_INTEGRATOR_GAIN = 0.33;
const TORQUE_LIMIT = 2.5;

/** An axis of a simulated ODrive: its properties by name, and the torque that it exerts. */
export class OdriveAxisModel {
  /** Turns and turns/s of the motor. */
  position = 0;
  velocity = 0;
  /** What the ASCII protocol reads and writes, without `axisN.`. */
  readonly properties: Map<string, number>;
  private integral = 0;
  private unfedSeconds = 0;

  constructor() {
    this.properties = new Map([
      ['current_state', IDLE],
      ['requested_state', 0],
      ['error', 0],
      ['motor.error', 0],
      ['encoder.error', 0],
      ['controller.error', 0],
      ['config.enable_watchdog', 0],
      ['config.watchdog_timeout', 0],
      ['controller.config.control_mode', POSITION_CONTROL],
      ['controller.input_pos', 0],
      ['controller.input_vel', 0],
      ['controller.input_torque', 0],
      ['motor.is_calibrated', 1],
      ['encoder.is_ready', 1],
    ]);
  }

  get(name: string): number {
    return this.properties.get(name) ?? 0;
  }

  set(name: string, value: number): void {
    this.properties.set(name, value);
    if (name !== 'requested_state') return;
    this.properties.set('requested_state', 0);
    if (value === CLOSED_LOOP && this.get('error') === 0) {
      this.integral = 0;
      this.properties.set('current_state', CLOSED_LOOP);
    } else if (value === IDLE) this.properties.set('current_state', IDLE);
    this.feed();
  }

  feed(): void {
    this.unfedSeconds = 0;
  }

  /** By a command: `p`, `v` or `c` sets its mode and feeds its watchdog. */
  command(kind: 'p' | 'v' | 'c', values: readonly number[]): void {
    const [first = 0, second = 0, third = 0] = values;
    const mode = { p: POSITION_CONTROL, v: VELOCITY_CONTROL, c: TORQUE_CONTROL }[kind];
    this.properties.set('controller.config.control_mode', mode);
    if (kind === 'p') {
      this.properties.set('controller.input_pos', first);
      this.properties.set('controller.input_vel', second);
      this.properties.set('controller.input_torque', third);
    } else if (kind === 'v') {
      this.properties.set('controller.input_vel', first);
      this.properties.set('controller.input_torque', second);
    } else this.properties.set('controller.input_torque', first);
    this.feed();
  }

  clearErrors(): void {
    for (const name of ['error', 'motor.error', 'encoder.error', 'controller.error'])
      this.properties.set(name, 0);
    this.feed();
  }

  /** Its current went beyond the limit. */
  trip(): void {
    this.properties.set('motor.error', CURRENT_LIMIT_VIOLATION);
    this.fail(MOTOR_FAILED);
  }

  /** N m at the motor, for the next `seconds`. */
  torque(seconds: number): number {
    this.unfedSeconds += seconds;
    const isLate = this.unfedSeconds > this.get('config.watchdog_timeout');
    if (this.get('config.enable_watchdog') === 1 && isLate && this.get('error') === 0)
      this.fail(WATCHDOG_EXPIRED);
    if (this.get('current_state') !== CLOSED_LOOP) return 0;
    const mode = this.get('controller.config.control_mode');
    let torque = this.get('controller.input_torque');
    if (mode >= VELOCITY_CONTROL) {
      const towards =
        mode === POSITION_CONTROL ? POSITION_GAIN * (this.get('controller.input_pos') - this.position) : 0;
      const error = towards + this.get('controller.input_vel') - this.velocity;
      this.integral += VELOCITY_INTEGRATOR_GAIN * error * seconds * POSITION_GAIN;
      this.integral = clip(this.integral);
      torque += VELOCITY_GAIN * error + this.integral;
    }
    return clip(torque);
  }

  private fail(error: number): void {
    this.properties.set('error', error);
    this.properties.set('current_state', IDLE);
  }
}

function clip(torque: number): number {
  return Math.min(TORQUE_LIMIT, Math.max(-TORQUE_LIMIT, torque));
}
