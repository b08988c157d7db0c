import { ForesightError } from '../../../../shared/errors';
import { AXES, type GcodeOptions } from '../../../../shared/gcode';
import { hostSeconds } from '../../clock';
import type { PlantLimits, Readback } from '../../driver';
import { plantLimits } from '../../plant-limits';
import type { DecodedLine } from '../lines/line-decoder';
import { type LineContext, type LineDialect, stopped } from '../lines/line-driver';
import { Gantry, type Way } from './gantry';
import { alarmWords, errorWords, losesPosition } from './grbl-codes';
import { type GrblStatus, jogLine, readGrblLine } from './grbl-lines';

/** Characters that GRBL obeys at once, wherever they stand in the stream. */
const STATUS = '?';
const FEED_HOLD = '!';
const CYCLE_START = '~';
const SOFT_RESET = '\x18';
const JOG_CANCEL = '\x85';

/** Of its receive buffer of 128 bytes, so many are filled: lines that it has not answered yet, their ends included. */
const BUFFER_BYTES = 127;
const WORKED_OFF_SECONDS = 0.25;
const MM = 1000;
const MM_PER_INCH = 25.4;
const SECONDS_PER_MINUTE = 60;
const ASK = { everySeconds: 0.06, attempts: 7 };
const FIRST = { everySeconds: 0.2, attempts: 15 };
const RESET = { everySeconds: 1, attempts: 2 };
const SETTINGS = { everySeconds: 1, attempts: 2 };
/** A machine may have to go all its length, slowly. */
const HOMING = { everySeconds: 120, attempts: 1 };
const ARRIVED_METRES = 2e-4;
const ARRIVE = { everySeconds: 0.1, attempts: 600 };
/** States in which it takes no jog. */
const HALTED = ['Hold', 'Alarm', 'Sleep', 'Door'];

/** A machine with GRBL 1.1: jogs to goals a little ahead of where it is, so that it stands by itself when none follows. */
export class GrblDialect implements LineDialect {
  readonly name = 'GRBL';
  version = '';
  plantLimits: PlantLimits;
  readonly counts = { reports: 0, jogs: 0, jogsNotSent: 0, refused: 0, unknownLines: 0, implausible: 0 };
  private readonly gantry: Gantry;
  private readonly settings = new Map<number, number>();
  private status_: GrblStatus | undefined;
  private offset: readonly number[] | undefined;
  /** Bytes of each line that is not answered yet, the oldest first. */
  private unanswered: number[] = [];
  private sentAt = 0;
  private commanded: Float64Array;
  private obeying = false;
  private positionLost = false;
  private homed = false;
  private lastAlarm: number | undefined;
  /** We have reset it ourselves. */
  private resetting = false;

  constructor(
    private readonly context: LineContext,
    private readonly options: GcodeOptions,
  ) {
    const { file } = context.rig;
    this.gantry = new Gantry(file, options);
    this.plantLimits = file.actions.map(() => undefined);
    this.commanded = new Float64Array(file.actions.length);
  }

  async begin(): Promise<void> {
    const first = await this.until(() => this.write(STATUS), this.anyStatus, FIRST);
    if (!first) throw this.unanswering();
    // In the middle of something it says nothing of its settings.
    if (!['Idle', 'Alarm'].includes(this.state)) {
      await this.until(
        () => this.write(FEED_HOLD + STATUS),
        () => (this.isStanding() ? true : undefined),
        FIRST,
      );
      await this.reset_();
    }
    await this.readSettings();
  }

  poll(): void {
    this.write(STATUS);
  }

  take(line: DecodedLine): void {
    if ('bad' in line) {
      this.counts.unknownLines++;
      return;
    }
    const said = readGrblLine(line.text);
    if (said.kind === 'unknown') {
      this.counts.unknownLines++;
      return;
    }
    this.context.heard();
    if (said.kind === 'status') this.see(said.status);
    else if (said.kind === 'setting') this.settings.set(said.number, said.value);
    else if (said.kind === 'ok') this.unanswered.shift();
    else if (said.kind === 'error') {
      this.unanswered.shift();
      this.counts.refused++;
      this.tell(`refuses a command: ${errorWords(said.code)}`);
    } else if (said.kind === 'alarm') this.alarmed(said.code);
    else if (said.kind === 'welcome') this.welcomed(said.version);
  }

  act(values: Float64Array): void {
    this.commanded = values.slice();
    if (this.positionLost) {
      this.counts.jogsNotSent++;
      this.tell(
        'does not know where it is: it has to find its switches first',
        'Reset the rig, which homes it.',
      );
      return;
    }
    const way = this.roomForJog() ? this.gantry.command(values) : undefined;
    if (way) this.jog(way);
  }

  expire(): void {
    this.commanded.fill(0);
    this.write(JOG_CANCEL);
    this.gantry.settle();
  }

  async hold(isWanted: () => boolean): Promise<Readback> {
    this.rest();
    // The first `!` ends a jog, the next one puts a machine that is idle into Hold, where it takes no jogs.
    const ask = () => this.write(FEED_HOLD + STATUS);
    if (await this.until(ask, () => (this.isStanding() ? true : undefined), { ...ASK, isWanted })) {
      return this.readback();
    }
    // What does not slow down is cut off; it loses its position by that.
    if (isWanted()) this.write(SOFT_RESET);
    throw this.unconfirmed('hold');
  }

  async release(isWanted: () => boolean): Promise<Readback> {
    this.rest();
    if (this.state !== 'Sleep') {
      const ask = () => this.write(FEED_HOLD + STATUS);
      await this.until(ask, () => (this.isStanding() ? true : undefined), { ...ASK, isWanted });
      if (!isWanted()) throw stopped();
      await this.reset_();
      this.send('$SLP');
    }
    const sleeps = () => (this.state === 'Sleep' ? true : undefined);
    if (!(await this.until(() => this.write(STATUS), sleeps, { ...ASK, isWanted }))) {
      throw this.unconfirmed('release');
    }
    // By hand an axis goes anywhere.
    this.losePosition();
    return this.readback();
  }

  async resume(isWanted: () => boolean): Promise<Readback> {
    this.obeying = false;
    if (this.state === 'Sleep') await this.reset_();
    const ask = () => {
      if (this.state === 'Alarm') this.send('$X');
      else this.write(CYCLE_START);
      this.write(STATUS);
    };
    const idle = () => (this.state === 'Idle' ? true : undefined);
    if (!(await this.until(ask, idle, { ...ASK, isWanted }))) {
      if (!isWanted()) throw stopped();
      throw new ForesightError(
        'rig-refused',
        `The machine on ${this.where} does not leave its state ${this.state}${this.lastAlarm === undefined ? '' : `: ${alarmWords(this.lastAlarm)}`}.`,
        'Look at the machine: its door, its switches, its stop button; then press Resume again.',
      );
    }
    this.lastAlarm = undefined;
    this.commanded.fill(0);
    this.gantry.settle();
    this.obeying = true;
    return this.readback();
  }

  async status(): Promise<Readback> {
    const asked = await this.until(() => this.write(STATUS), this.anyStatus, {
      everySeconds: 0.2,
      attempts: 2,
    });
    if (!asked) throw this.unanswering();
    return this.readback();
  }

  async reset(isWanted: () => boolean): Promise<void> {
    this.commanded.fill(0);
    this.write(JOG_CANCEL);
    await this.until(
      () => this.write(STATUS),
      () => (this.state === 'Idle' ? true : undefined),
      { ...ASK, isWanted },
    );
    if (this.options.homing && (!this.homed || this.positionLost)) await this.home(isWanted);
    this.gantry.settle();
    const way = this.gantry.toStart(this.options.startSpeed);
    if (!way) return;
    this.jog(way);
    const there = () => (this.state === 'Idle' && this.gantry.fromStart < ARRIVED_METRES ? true : undefined);
    const arrived = await this.until(() => this.write(STATUS), there, { ...ARRIVE, isWanted });
    if (!isWanted()) throw stopped();
    if (!arrived) {
      throw new ForesightError(
        'rig-refused',
        `The machine on ${this.where} has not come to its start.`,
        'Look at the machine; set the start within its limits.',
      );
    }
  }

  end(): void {
    this.write(JOG_CANCEL);
  }

  private get where(): string {
    return this.context.link.transport.description;
  }

  private get state(): string {
    return this.status_?.state ?? 'unknown';
  }

  private readonly anyStatus = (line: string) => (readGrblLine(line).kind === 'status' ? true : undefined);

  private until<T>(
    ask: () => void,
    accept: (line: string) => T | undefined,
    options: { everySeconds: number; attempts: number; isWanted?: () => boolean },
  ): Promise<T | undefined> {
    // `take` sees a line before whoever waits for it.
    return this.context.link.until(ask, accept, options);
  }

  private write(characters: string): void {
    this.context.link.write(characters);
  }

  private send(line: string): void {
    this.unanswered.push(line.length + 1);
    this.sentAt = hostSeconds();
    this.context.link.send(line);
  }

  private jog({ places, speed }: Way): void {
    this.counts.jogs++;
    const millimetres = Object.fromEntries(Object.entries(places).map(([axis, place]) => [axis, place * MM]));
    this.send(jogLine(millimetres, speed * MM * SECONDS_PER_MINUTE));
  }

  /** By counting characters: what is sent and not answered lies in its buffer. */
  private roomForJog(): boolean {
    const longest = 80;
    const used = this.unanswered.reduce((sum, bytes) => sum + bytes, 0);
    if (used + longest <= BUFFER_BYTES) return true;
    this.counts.jogsNotSent++;
    return false;
  }

  private rest(): void {
    this.obeying = false;
    this.commanded.fill(0);
  }

  /** It stands and takes no jogs, as it says itself: what it is in `Hold:1` is still slowing down. */
  private isStanding(): boolean {
    return HALTED.includes(this.state) && (this.state !== 'Hold' || this.status_?.sub !== 1);
  }

  private readback(): Readback {
    const halted = this.isStanding();
    return { torque: this.state !== 'Sleep', halted, applied: this.gantry.applied(this.commanded) };
  }

  private see(status: GrblStatus): void {
    this.counts.reports++;
    this.status_ = status;
    // Whoever is idle has worked off its buffer: answers that are missing now were lost.
    if (status.state === 'Idle' && hostSeconds() - this.sentAt > WORKED_OFF_SECONDS) this.unanswered = [];
    if (status.offset) this.offset = status.offset;
    if (this.obeying && HALTED.includes(status.state) && status.state !== 'Alarm') {
      this.tell(`stands in ${status.state}, which nobody has asked for here`);
    }
    if (this.obeying && status.state === 'Alarm') this.tell('is in alarm');
    const { offset } = this;
    const machine = status.machine ?? (offset && status.work?.map((place, i) => place + (offset[i] ?? 0)));
    if (!machine || machine.length < this.gantry.needs) return;
    const metres = (this.settings.get(13) === 1 ? MM_PER_INCH : 1) / MM;
    const isPlausible = this.gantry.see(
      machine.map((place) => place * metres),
      hostSeconds(),
    );
    if (isPlausible) this.context.observe(this.gantry.observation());
    else this.counts.implausible++;
  }

  private alarmed(code: number): void {
    this.lastAlarm = code;
    if (losesPosition(code)) this.losePosition();
    this.tell(`is in alarm: ${alarmWords(code)}`);
  }

  private losePosition(): void {
    this.homed = false;
    this.positionLost = this.options.homing;
  }

  private welcomed(version: string): void {
    this.version = version;
    this.unanswered = [];
    if (this.resetting) return;
    this.losePosition();
    this.tell('has restarted by itself; its position is lost');
  }

  /** Told once: from then on it rests until somebody resumes it. */
  private tell(what: string, next = 'Look at the machine, then press Resume.'): void {
    if (!this.obeying) return;
    this.obeying = false;
    this.context.tell(new ForesightError('rig-refused', `The machine on ${this.where} ${what}.`, next));
  }

  private async reset_(): Promise<void> {
    this.resetting = true;
    const welcome = (line: string) => (readGrblLine(line).kind === 'welcome' ? true : undefined);
    await this.until(() => this.write(SOFT_RESET), welcome, RESET);
    this.resetting = false;
    await this.until(() => this.write(STATUS), this.anyStatus, ASK);
  }

  private async readSettings(): Promise<void> {
    const done = (line: string) => (readGrblLine(line).kind === 'ok' ? true : undefined);
    const got = await this.until(() => this.send('$$'), done, SETTINGS);
    if (!got || this.settings.size === 0) throw this.unanswering();
    const { file } = this.context.rig;
    if (this.options.homing && this.settings.get(22) === 0) {
      throw new ForesightError(
        'rig-refused',
        `The machine on ${this.where} has homing switched off ($22=0), and rig.json asks for it.`,
        'Send $22=1 to the machine, or set "homing" to false in rig.json.',
      );
    }
    this.plantLimits = plantLimits(
      file.actions,
      file.actions.map(({ gcode }) => {
        const rate = this.settings.get(110 + AXES.indexOf(gcode?.axis ?? 'x'));
        if (gcode?.goal !== 'velocity' || rate === undefined) return undefined;
        const most = rate / MM / SECONDS_PER_MINUTE;
        return [-most, most];
      }),
    );
  }

  private async home(isWanted: () => boolean): Promise<void> {
    const answer = (line: string) => {
      const said = readGrblLine(line);
      if (said.kind === 'ok') return 'done';
      if (said.kind === 'error') return errorWords(said.code);
      return said.kind === 'alarm' ? alarmWords(said.code) : undefined;
    };
    const said = await this.until(() => this.send('$H'), answer, { ...HOMING, isWanted });
    if (!isWanted()) throw stopped();
    if (said !== 'done') {
      throw new ForesightError(
        'rig-refused',
        `The machine on ${this.where} has not found its switches: ${said ?? 'it does not say why'}.`,
        'Look at the switches and their wires, then press Resume and reset again.',
      );
    }
    this.homed = true;
    this.positionLost = false;
    this.gantry.relocate();
    await this.until(() => this.write(STATUS), this.anyStatus, ASK);
  }

  private unanswering(): ForesightError {
    return new ForesightError(
      'rig-silent',
      `No GRBL controller answers on ${this.where}.`,
      'Check that it has power, that this is its port, and the baud rate (115200 for GRBL 1.1).',
    );
  }

  private unconfirmed(what: string): ForesightError {
    return new ForesightError(
      'rig-silent',
      `The machine on ${this.where} has not confirmed the ${what}: it is in state ${this.state}.`,
      'If the machine moves, cut the power of its motors.',
    );
  }
}
