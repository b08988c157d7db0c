import { ForesightError } from '../../../../shared/errors';
import type { OdriveAxis, OdriveOptions } from '../../../../shared/odrive';
import type { Readback } from '../../driver';
import type { DecodedLine } from '../lines/line-decoder';
import { type LineContext, type LineDialect, stopped } from '../lines/line-driver';
import { type ErrorRegister, odriveErrors } from './errors';
import { Questions } from './questions';

const IDLE = 1;
const CLOSED_LOOP = 8;
const VELOCITY_CONTROL = 2;
const TURN = 2 * Math.PI;
const TRIES = 5;
const SAFE_PAUSE_MS = 15;
/** States and errors are read every so many control periods. */
const LOOK_EVERY = 5;
const REGISTERS: readonly [ErrorRegister, string][] = [
  ['axis', 'error'],
  ['motor', 'motor.error'],
  ['encoder', 'encoder.error'],
  ['controller', 'controller.error'],
];

interface Joint {
  name: string;
  settings: OdriveAxis;
  /** rad and rad/s. */
  position: number;
  velocity: number;
}

/** Motors on an ODrive: told by `c`, `v` and `p`, read by `f`, held by a velocity of 0 in closed loop, released by idle. */
export class OdriveDialect implements LineDialect {
  readonly name = 'ODrive';
  version = '';
  readonly plantLimits;
  private readonly own = { reports: 0, late: 0 };
  private readonly joints: Joint[];
  private readonly questions: Questions;
  private commanded: Float64Array;
  private obeying = false;
  private releasing = false;
  private polling = false;
  private polls = 0;

  constructor(
    private readonly context: LineContext,
    options: OdriveOptions,
  ) {
    const { actions } = context.rig.file;
    this.joints = Object.entries(options.axes).map(([name, settings]) => ({
      ...{ name, settings, position: Number.NaN, velocity: Number.NaN },
    }));
    this.questions = new Questions(context.link, () => context.heard(), options.baudRate);
    this.plantLimits = actions.map(() => undefined);
    this.commanded = new Float64Array(actions.length);
  }

  get counts(): Record<string, number> {
    return { ...this.own, ...this.questions.counts };
  }

  async begin(): Promise<void> {
    const version: number[] = [];
    for (const part of ['major', 'minor', 'revision']) {
      const [number] = (await this.questions.ask(`r fw_version_${part}`, 1, { attempts: 10 })) ?? [];
      if (number === undefined) throw this.silent();
      version.push(number);
    }
    this.version = version.join('.');
    await this.setWatchdogs();
  }

  poll(): void {
    for (const { settings } of this.joints) this.questions.tell(`u ${settings.axis}`);
    if (this.polling) {
      this.own.late++;
      return;
    }
    this.polling = true;
    this.look()
      .catch(() => {})
      .finally(() => {
        this.polling = false;
      });
  }

  take(line: DecodedLine): void {
    if ('text' in line) this.questions.take(line.text);
  }

  act(values: Float64Array): void {
    this.commanded = values.slice();
    this.context.rig.file.actions.forEach(({ odrive }, i) => {
      const joint = this.joints.find(({ name }) => name === odrive?.axis);
      if (joint) this.questions.tell(command(joint, odrive?.goal, values[i] ?? 0));
    });
  }

  expire(): void {
    this.commanded.fill(0);
    for (const { settings } of this.joints) this.questions.tell(`v ${settings.axis} 0 0`);
  }

  async hold(isWanted: () => boolean): Promise<Readback> {
    this.rest();
    this.releasing = false;
    // At once and to all of them; what each says of it comes after.
    this.expire();
    for (const { settings } of this.joints)
      this.questions.tell(`w axis${settings.axis}.requested_state ${CLOSED_LOOP}`);
    return this.confirm('hold', isWanted, () => this.expire());
  }

  async release(isWanted: () => boolean): Promise<Readback> {
    this.rest();
    this.releasing = true;
    const idle = () => {
      for (const { settings } of this.joints)
        this.questions.tell(`w axis${settings.axis}.requested_state ${IDLE}`);
    };
    idle();
    return this.confirm('release', isWanted, idle);
  }

  async resume(isWanted: () => boolean): Promise<Readback> {
    this.obeying = false;
    this.releasing = false;
    this.questions.tell('sc');
    await this.setWatchdogs();
    if (!isWanted()) throw stopped();
    this.expire();
    for (const { settings } of this.joints)
      this.questions.tell(`w axis${settings.axis}.requested_state ${CLOSED_LOOP}`);
    const readback = await this.confirm('resume', isWanted, () => this.expire());
    this.obeying = true;
    return { ...readback, halted: false };
  }

  async status(): Promise<Readback> {
    const states = await this.readStates(false);
    if (!states) throw this.silent();
    return this.readback(states);
  }

  /** An ODrive goes nowhere by itself: the joints stay where they are. */
  async reset(): Promise<void> {
    this.expire();
  }

  /** Held, with the watchdog on: when nobody feeds it any more it takes the torque off. */
  end(): void {
    this.expire();
  }

  private get where(): string {
    return this.context.link.transport.description;
  }

  private rest(): void {
    this.obeying = false;
    this.commanded.fill(0);
  }

  private async setWatchdogs(): Promise<void> {
    const { watchdogSeconds } = this.context.rig.file.safety;
    for (const { name, settings } of this.joints) {
      const config = `axis${settings.axis}.config`;
      this.questions.tell(`w ${config}.watchdog_timeout ${watchdogSeconds}`);
      // Fed before it is switched on, as it may have run out long ago.
      this.questions.tell(`u ${settings.axis}`);
      this.questions.tell(`w ${config}.enable_watchdog 1`);
      const [on] =
        (await this.questions.ask(`r ${config}.enable_watchdog`, 1, { urgent: true, attempts: 4 })) ?? [];
      const [seconds] =
        (await this.questions.ask(`r ${config}.watchdog_timeout`, 1, { urgent: true, attempts: 4 })) ?? [];
      if (on === 1 && seconds !== undefined && Math.abs(seconds - watchdogSeconds) < 1e-3) continue;
      throw new ForesightError(
        'rig-refused',
        `${name} (axis ${settings.axis}) on ${this.where} does not take its watchdog: it reads ${on ?? 'nothing'} and ${seconds ?? 'nothing'} s.`,
        'Update the firmware of the ODrive to 0.5, and check the cable.',
      );
    }
  }

  /** One control period: every axis is read; now and then how it is. */
  private async look(): Promise<void> {
    for (const joint of this.joints) {
      const [turns, speed] = (await this.questions.ask(`f ${joint.settings.axis}`, 2)) ?? [];
      if (turns === undefined || speed === undefined) return;
      const { direction, gear, zero } = joint.settings;
      joint.position = (direction * TURN * (turns - zero)) / gear;
      joint.velocity = (direction * TURN * speed) / gear;
    }
    this.own.reports++;
    const values = this.context.rig.file.observations.map(({ odrive }) => {
      const joint = this.joints.find(({ name }) => name === odrive?.axis);
      return (odrive?.quantity === 'velocity' ? joint?.velocity : joint?.position) ?? Number.NaN;
    });
    this.context.observe(Float64Array.from(values));
    if (this.polls++ % LOOK_EVERY === 0 && this.obeying) await this.lookForTrouble();
  }

  private async lookForTrouble(): Promise<void> {
    for (const { name, settings } of this.joints) {
      const [state] = (await this.questions.ask(`r axis${settings.axis}.current_state`, 1)) ?? [];
      if (state === undefined || state === CLOSED_LOOP || !this.obeying) continue;
      const words = await this.errorsOf(settings.axis);
      if (!this.obeying) return;
      this.obeying = false;
      const why = words.length > 0 ? words.join('; ') : 'it has restarted, or somebody else has told it to';
      this.context.tell(
        new ForesightError(
          'rig-refused',
          `${name} (axis ${settings.axis}) on ${this.where} exerts no torque any more: ${why}.`,
          'Put that right, then press Resume, which clears its errors.',
        ),
      );
    }
  }

  private async errorsOf(axis: number): Promise<string[]> {
    const words: string[] = [];
    for (const [register, property] of REGISTERS) {
      const [bits] = (await this.questions.ask(`r axis${axis}.${property}`, 1)) ?? [];
      if (bits) words.push(...odriveErrors(register, bits));
    }
    return words;
  }

  /** [joints] state, control mode and goal velocity of each; undefined where one does not answer. */
  private async readStates(urgent: boolean): Promise<AxisState[] | undefined> {
    const states: AxisState[] = [];
    for (const { settings } of this.joints) {
      const axis = `axis${settings.axis}`;
      const answers: number[] = [];
      for (const property of ['current_state', 'controller.config.control_mode', 'controller.input_vel']) {
        const [value] = (await this.questions.ask(`r ${axis}.${property}`, 1, { urgent })) ?? [];
        if (value === undefined) return undefined;
        answers.push(value);
      }
      const [state = 0, mode = 0, velocity = 0] = answers;
      states.push({ state, mode, velocity });
    }
    return states;
  }

  private async confirm(
    what: 'hold' | 'release' | 'resume',
    isWanted: () => boolean,
    again: () => void,
  ): Promise<Readback> {
    let states: AxisState[] | undefined;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      states = await this.readStates(true);
      if (!isWanted()) throw stopped();
      const isDone = (one: AxisState) =>
        what === 'release' ? one.state === IDLE : one.state === CLOSED_LOOP && stands(one);
      if (states?.every(isDone)) return this.readback(states);
      again();
      await new Promise((resolve) => setTimeout(resolve, SAFE_PAUSE_MS));
    }
    if (!states) throw this.silent();
    if (what !== 'resume') return this.readback(states);
    const words = (await Promise.all(this.joints.map(({ settings }) => this.errorsOf(settings.axis)))).flat();
    throw new ForesightError(
      'rig-refused',
      `The motors on ${this.where} do not go into closed loop: ${words.join('; ') || 'they do not say why'}.`,
      'Calibrate the motors (odrivetool), check their supply, then press Resume again.',
    );
  }

  private readback(states: readonly AxisState[]): Readback {
    const torque = states.every(({ state }) => state === CLOSED_LOOP);
    const released = states.every(({ state }) => state !== CLOSED_LOOP);
    const halted = !this.obeying && (released || states.every(stands));
    // Held is who holds with every motor, released who does with none.
    return { torque: this.releasing ? !released : torque, halted, applied: this.commanded.slice() };
  }

  private silent(): ForesightError {
    return new ForesightError(
      'rig-silent',
      `No ODrive answers on ${this.where}.`,
      'Check that it has power, that its serial port speaks the ASCII protocol, and the baud rate.',
    );
  }
}

interface AxisState {
  state: number;
  mode: number;
  velocity: number;
}

/** Told to stand, or without torque. */
function stands({ state, mode, velocity }: AxisState): boolean {
  return state !== CLOSED_LOOP || (mode === VELOCITY_CONTROL && velocity === 0);
}

/** A command in turns and N m at the motor. Beyond its limits a joint is driven back, or not at all. */
function command({ settings, position }: Joint, goal: string | undefined, value: number): string {
  const { axis, direction, gear, zero, limits = [-Infinity, Infinity] } = settings;
  const [low, high] = limits;
  if (goal === 'position') {
    const turns = zero + (direction * gear * Math.min(high, Math.max(low, value))) / TURN;
    return `p ${axis} ${turns.toFixed(6)} 0 0`;
  }
  const isOut = (position <= low && value < 0) || (position >= high && value > 0);
  const driven = isOut ? 0 : value;
  if (goal === 'velocity') return `v ${axis} ${((direction * gear * driven) / TURN).toFixed(6)} 0`;
  return `c ${axis} ${((direction * driven) / gear).toFixed(6)}`;
}
