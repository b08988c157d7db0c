import type { ServoPlant, SimulatedBus } from '../servo-bus/device';
import { Motion } from './motion';

export interface GrblOptions {
  /** Of each axis, in the order x, y, z: how far it goes from its switch, mm, and how fast, mm/min. */
  axes: readonly { travel: number; maxRate: number }[];
  homing: boolean;
  /** A slide for each axis, in m from the switch. */
  plant: ServoPlant;
}

const encoder = new TextEncoder();
const VERSION = '1.1h';
const RX_BYTES = 128;
const LINE_BYTES = 80;
const STEP_SECONDS = 0.002;
/** mm/s², and how far it backs off from a switch, mm. */
const ACCELERATION = 1500;
const PULL_OFF = 1;
/** A stepper holds its place as a spring does: N/m and N s/m. */
const STIFFNESS = 4000;
const DAMPING = 120;
const OFFSET_EVERY = 10;
const QUESTION = 0x3f;
const EXCLAMATION = 0x21;
const TILDE = 0x7e;
const CTRL_X = 0x18;
const JOG_CANCEL = 0x85;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

type State = 'Idle' | 'Jog' | 'Run' | 'Hold' | 'Alarm' | 'Home' | 'Sleep';

/**
 * GRBL 1.1 byte for byte, as far as jogs need it: characters that act at once, lines that wait in a buffer of 128 bytes until the
 * planner has room, status reports, alarms, homing, soft limits and sleep. Its position is what it has stepped; the plant follows
 * as far as its motors hold it.
 */
export class GrblController implements SimulatedBus {
  private readonly motion: Motion;
  private state: State;
  private received: number[] = [];
  private line: number[] = [];
  private tooLong = false;
  private said: Uint8Array[] = [];
  private reports = 0;
  /** Where the plant's slides are when its position is 0, mm: not known to it before it has found its switches. */
  private origin: number[];
  private behind = 0;

  constructor(private readonly options: GrblOptions) {
    this.motion = new Motion(options.axes.length, ACCELERATION);
    this.origin = this.whereItStands();
    this.state = options.homing ? 'Alarm' : 'Idle';
    this.boot();
  }

  receive(bytes: Uint8Array): Uint8Array[] {
    for (const byte of bytes)
      if (!this.atOnce(byte) && this.received.length < RX_BYTES) this.received.push(byte);
    this.work();
    return this.unasked();
  }

  unasked(): Uint8Array[] {
    return this.said.splice(0);
  }

  step(seconds: number): void {
    for (this.behind += seconds; this.behind >= STEP_SECONDS; this.behind -= STEP_SECONDS) {
      this.motion.step(STEP_SECONDS);
      this.follow();
      // A jog that was stopped is forgotten; what else was on its way waits.
      if (this.state === 'Jog' && this.motion.isStopped) this.motion.cut();
      if (this.motion.isIdle) this.arrive();
      this.work();
    }
  }

  /** It restarts: what it knew of its place is gone. */
  brownOut(): void {
    this.motion.cut();
    this.motion.position.fill(0);
    this.origin = this.whereItStands();
    this.state = this.options.homing ? 'Alarm' : 'Idle';
    this.boot();
  }

  /** A limit switch is hit. */
  overload(): void {
    this.alarm(1);
  }

  dispose(): void {
    this.options.plant.dispose();
  }

  private boot(): void {
    this.received = [];
    this.line = [];
    this.tooLong = false;
    this.say('');
    this.say(`Grbl ${VERSION} ['$' for help]`);
    if (this.state === 'Alarm') this.say("[MSG:'$H'|'$X' to unlock]");
  }

  private whereItStands(): number[] {
    return this.motion.position.map((place, i) => 1000 * (this.options.plant.angles[i] ?? 0) - place);
  }

  private say(line: string): void {
    this.said.push(encoder.encode(`${line}\r\n`));
  }

  /** False for a character that waits in the buffer. */
  private atOnce(byte: number): boolean {
    if (byte === QUESTION) this.report();
    else if (byte === EXCLAMATION) this.feedHold();
    else if (byte === TILDE) {
      if (this.state === 'Hold') this.cycleStart();
    } else if (byte === CTRL_X) this.softReset();
    else if (byte === JOG_CANCEL) {
      if (this.state === 'Jog') this.motion.stop();
    } else return byte > 0x7f;
    return true;
  }

  private feedHold(): void {
    // In a jog it is a jog cancel, and ends in Idle.
    if (this.state === 'Jog' || this.state === 'Run') this.motion.stop();
    if (this.state === 'Idle' || this.state === 'Run') this.state = 'Hold';
  }

  private cycleStart(): void {
    this.motion.go();
    this.state = this.motion.isIdle ? 'Idle' : 'Run';
  }

  private softReset(): void {
    const moving = this.motion.speed > 0;
    this.motion.cut();
    if (this.state === 'Sleep') this.origin = this.whereItStands();
    if (moving) this.say('ALARM:3');
    if (moving || this.state === 'Alarm' || this.state === 'Sleep') this.state = 'Alarm';
    else this.state = 'Idle';
    this.boot();
  }

  private alarm(code: number): void {
    this.motion.cut();
    this.state = 'Alarm';
    this.received = [];
    this.say(`ALARM:${code}`);
  }

  private report(): void {
    const places = this.motion.position.map((place) => place.toFixed(3));
    while (places.length < 3) places.push('0.000');
    const state = this.state === 'Hold' ? `Hold:${this.motion.speed > 0 ? 1 : 0}` : this.state;
    const feed = Math.round(this.motion.speed * 60);
    const free = `Bf:${this.motion.free},${RX_BYTES - this.received.length}`;
    const offset = this.reports++ % OFFSET_EVERY === 0 ? '|WCO:0.000,0.000,0.000' : '';
    this.say(`<${state}|MPos:${places.join(',')}|${free}|FS:${feed},0${offset}>`);
  }

  /** What its motion has come to an end of. */
  private arrive(): void {
    if (this.state === 'Jog' || this.state === 'Run') this.state = 'Idle';
    if (this.state !== 'Home') return;
    this.motion.position.fill(-PULL_OFF);
    this.state = 'Idle';
    this.say('ok');
  }

  /** Where it has stepped to pulls at the plant; without current nothing does. */
  private follow(): void {
    const { plant } = this.options;
    const forces = this.motion.position.map((place, i) =>
      this.state === 'Sleep'
        ? 0
        : STIFFNESS * ((place + (this.origin[i] ?? 0)) / 1000 - (plant.angles[i] ?? 0)) -
          DAMPING * (plant.velocities[i] ?? 0),
    );
    plant.step(forces, STEP_SECONDS);
  }

  /** Lines out of the buffer, as long as the planner has room for what they may say. */
  private work(): void {
    while (
      this.received.length > 0 &&
      !this.motion.isFull &&
      this.state !== 'Home' &&
      this.state !== 'Hold'
    ) {
      const byte = this.received.shift() ?? 0;
      if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) {
        if (this.line.length < LINE_BYTES) this.line.push(byte);
        else this.tooLong = true;
        continue;
      }
      const text = String.fromCharCode(...this.line)
        .replace(/\s/g, '')
        .toUpperCase();
      const answer = this.tooLong ? 'error:11' : this.obey(text);
      this.line = [];
      this.tooLong = false;
      if (answer !== '') this.say(answer);
    }
  }

  private obey(text: string): string {
    if (text === '') return 'ok';
    if (this.state === 'Sleep') return 'error:8';
    if (text.startsWith('$J=')) return this.jog(text.slice(3));
    const isAtRest = this.state === 'Idle' || this.state === 'Alarm';
    switch (text) {
      case '$':
        return 'ok';
      case '$$':
        return isAtRest ? this.tellSettings() : 'error:8';
      case '$I':
        this.say(`[VER:${VERSION}.20190825:]`);
        return 'ok';
      case '$X':
        if (this.state === 'Alarm') {
          this.state = 'Idle';
          this.say('[MSG:Caution: Unlocked]');
        }
        return 'ok';
      case '$H':
        return isAtRest ? this.home() : 'error:8';
      case '$SLP':
        if (!isAtRest) return 'error:8';
        this.state = 'Sleep';
        this.say('[MSG:Sleeping]');
        return 'ok';
      default:
        if (text.startsWith('$')) return 'error:3';
        return this.state === 'Alarm' || this.state === 'Jog' ? 'error:9' : this.run(text);
    }
  }

  private tellSettings(): string {
    const { axes, homing } = this.options;
    const settings: [number, number | string][] = [
      [10, 3],
      [13, 0],
      [20, homing ? 1 : 0],
      [22, homing ? 1 : 0],
      [27, PULL_OFF.toFixed(3)],
      ...axes.map(({ maxRate }, i): [number, string] => [110 + i, maxRate.toFixed(3)]),
      ...axes.map((_, i): [number, string] => [120 + i, ACCELERATION.toFixed(3)]),
      ...axes.map(({ travel }, i): [number, string] => [130 + i, travel.toFixed(3)]),
    ];
    for (const [number, value] of settings) this.say(`$${number}=${value}`);
    return 'ok';
  }

  private home(): string {
    if (!this.options.homing) return 'error:5';
    this.state = 'Home';
    // Its switches lie where the plant's slides are at 0.
    for (const [i, from] of this.origin.entries()) {
      this.motion.position[i] = (this.motion.position[i] ?? 0) + from;
    }
    this.origin = this.origin.map(() => 0);
    this.motion.add(
      this.motion.position.map(() => -PULL_OFF),
      50,
    );
    return '';
  }

  private jog(body: string): string {
    if (this.state !== 'Idle' && this.state !== 'Jog') return 'error:8';
    const answer = this.move(body, ['G20', 'G21', 'G90', 'G91', 'G53'], 'error:16');
    if (answer === 'ok') this.state = 'Jog';
    return answer;
  }

  /** A straight move; of G-code's modes none is remembered. */
  private run(body: string): string {
    const answer = this.move(body, ['G0', 'G1', 'G20', 'G21', 'G53', 'G54', 'G90', 'G91', 'G94'], 'error:20');
    if (answer === 'ok') this.state = 'Run';
    return answer;
  }

  private move(body: string, allowed: readonly string[], otherwise: string): string {
    const words = [...body.matchAll(/([A-Z])(-?\d*\.?\d+)/g)];
    if (words.map(([word]) => word).join('') !== body) return 'error:2';
    const incremental = words.some(([word]) => word === 'G91');
    const inches = words.some(([word]) => word === 'G20') ? 25.4 : 1;
    const target = [...this.motion.end];
    let feed = 0;
    let moves = false;
    for (const [word, letter = '', number = ''] of words) {
      const axis = 'XYZABC'.indexOf(letter);
      if (letter === 'F') feed = Number(number) * inches;
      else if (letter === 'G') {
        if (!allowed.includes(word)) return otherwise;
      } else if (axis >= 0 && axis < target.length) {
        moves = true;
        target[axis] = Number(number) * inches + (incremental ? (target[axis] ?? 0) : 0);
      } else return otherwise;
    }
    if (feed <= 0) return 'error:22';
    if (!moves) return 'error:26';
    const { axes, homing } = this.options;
    if (homing && target.some((place, i) => place > 0 || place < -(axes[i]?.travel ?? 0))) return 'error:15';
    const slowest = Math.min(...axes.map(({ maxRate }) => maxRate));
    this.motion.add(target, Math.min(feed, slowest) / 60);
    return 'ok';
  }
}
