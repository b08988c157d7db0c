import { AXES } from '../../../../shared/gcode';
import { LineDecoder } from '../../drivers/lines/line-decoder';
import { Motion } from '../grbl/motion';
import type { ServoPlant, SimulatedBus } from '../servo-bus/device';

export interface MarlinOptions {
  /** As many axes as the machine has, in the order x, y, z: mm that each goes from its switch. */
  travels: readonly number[];
  /** A slide for each axis, in m from the switch. */
  plant: ServoPlant;
}

const encoder = new TextEncoder();
const LINE_BYTES = 96;
const STEP_SECONDS = 0.002;
const ACCELERATION = 1500;
const STEPS_PER_MM = 80;
/** Homing, mm/s. */
const HOMING_FEED = 60;
/** A stepper holds its place as a spring does: N/m and N s/m. */
const STIFFNESS = 4000;
const DAMPING = 120;
const SECONDS_PER_MINUTE = 60;

/**
 * Marlin 2, byte for byte, as far as moves need it: lines one after another with an `ok` each, a planner, `M114` with counted steps,
 * homing, a quick stop, motors off. It knows its place from where it was switched on until it is homed.
 */
export class MarlinController implements SimulatedBus {
  private readonly decoder = new LineDecoder(LINE_BYTES);
  private readonly motion: Motion;
  private readonly lines: string[] = [];
  private said: Uint8Array[] = [];
  private homing = false;
  /** Where the plant's slides are when its position is 0, mm: not known to it before it has found its switches. */
  private origin: number[];
  private powered = true;
  /** It has stopped for good: it hears nothing and says nothing. */
  private killed = false;
  private feed = 1500;
  private behind = 0;

  constructor(private readonly options: MarlinOptions) {
    this.motion = new Motion(options.travels.length, ACCELERATION);
    this.origin = this.whereItStands();
    this.boot();
  }

  receive(bytes: Uint8Array): Uint8Array[] {
    for (const line of this.decoder.push(bytes)) if ('text' in line) this.lines.push(line.text);
    this.work();
    return this.unasked();
  }

  unasked(): Uint8Array[] {
    return this.said.splice(0);
  }

  step(seconds: number): void {
    const { plant } = this.options;
    for (this.behind += seconds; this.behind >= STEP_SECONDS; this.behind -= STEP_SECONDS) {
      this.motion.step(STEP_SECONDS);
      if (this.homing && this.motion.isIdle) {
        this.homing = false;
        this.motion.position.fill(0);
        this.say('ok');
      }
      const forces = this.motion.position.map((place, i) =>
        this.powered
          ? STIFFNESS * ((place + (this.origin[i] ?? 0)) / 1000 - (plant.angles[i] ?? 0)) -
            DAMPING * (plant.velocities[i] ?? 0)
          : 0,
      );
      plant.step(forces, STEP_SECONDS);
      this.work();
    }
  }

  brownOut(): void {
    this.motion.cut();
    this.motion.position.fill(0);
    this.origin = this.whereItStands();
    this.powered = true;
    this.killed = false;
    this.lines.length = 0;
    this.boot();
  }

  /** It protects itself: its motors are off, and it does nothing until it is restarted. */
  overload(): void {
    this.motion.cut();
    this.powered = false;
    this.killed = true;
    this.say('Error:Printer halted. kill() called!');
  }

  dispose(): void {
    this.options.plant.dispose();
  }

  private boot(): void {
    this.say('start');
    this.say('echo:Marlin 2.1.2');
  }

  private say(line: string): void {
    this.said.push(encoder.encode(`${line}\n`));
  }

  private work(): void {
    while (this.lines.length > 0 && !this.motion.isFull && !this.homing && !this.killed) {
      const line = (this.lines.shift() ?? '').replace(/;.*$/, '').trim();
      if (line !== '' && this.obey(line)) this.say('ok');
    }
  }

  /** False where the `ok` comes later. */
  private obey(line: string): boolean {
    const [word = '', ...rest] = line.toUpperCase().split(/\s+/);
    switch (word) {
      case 'M115':
        this.say(
          'FIRMWARE_NAME:Marlin 2.1.2 (Sep 1 2025) SOURCE_CODE_URL:github.com PROTOCOL_VERSION:1.0 MACHINE_TYPE:gantry',
        );
        return true;
      case 'M92':
        this.say(
          `M92 ${this.letters.map((letter) => `${letter}${STEPS_PER_MM.toFixed(2)}`).join(' ')} E93.00`,
        );
        return true;
      case 'M114':
        this.report();
        return true;
      case 'M410':
        this.motion.cut();
        return true;
      case 'M17':
      case 'M18':
      case 'M84':
        this.power(word === 'M17');
        return true;
      case 'G28':
        this.power(true);
        for (const [i, from] of this.origin.entries()) {
          this.motion.position[i] = (this.motion.position[i] ?? 0) + from;
        }
        this.origin = this.origin.map(() => 0);
        this.motion.add(
          this.motion.position.map(() => 0),
          HOMING_FEED,
        );
        this.homing = true;
        return false;
      case 'G0':
      case 'G1':
        this.go(rest);
        return true;
      case 'G21':
      case 'G90':
        return true;
      default:
        this.say(`echo:Unknown command: "${line}"`);
        return true;
    }
  }

  /** Motors that were off hold where they find themselves. */
  private power(on: boolean): void {
    if (on && !this.powered) this.origin = this.whereItStands();
    this.powered = on;
  }

  private whereItStands(): number[] {
    return this.motion.position.map((place, i) => 1000 * (this.options.plant.angles[i] ?? 0) - place);
  }

  private get letters(): string[] {
    return AXES.slice(0, this.options.travels.length).map((axis) => axis.toUpperCase());
  }

  private go(words: readonly string[]): void {
    this.power(true);
    const target = [...this.motion.end];
    for (const word of words) {
      const [letter = '', number] = [word.slice(0, 1), Number(word.slice(1))];
      if (!Number.isFinite(number)) continue;
      const axis = this.letters.indexOf(letter);
      if (letter === 'F') this.feed = number;
      // Software end stops.
      else if (axis >= 0) target[axis] = Math.min(this.options.travels[axis] ?? 0, Math.max(0, number));
    }
    this.motion.add(target, this.feed / SECONDS_PER_MINUTE);
  }

  private report(): void {
    const { letters } = this;
    const going = letters.map((letter, i) => `${letter}:${(this.motion.end[i] ?? 0).toFixed(2)}`);
    const counts = letters.map(
      (letter, i) => `${letter}:${Math.round((this.motion.position[i] ?? 0) * STEPS_PER_MM)}`,
    );
    this.say(`${going.join(' ')} E:0.00 Count ${counts.join(' ')}`);
  }
}
