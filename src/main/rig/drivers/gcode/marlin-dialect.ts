import { ForesightError } from '../../../../shared/errors';
import { AXES, type AxisName, type GcodeOptions } from '../../../../shared/gcode';
import { hostSeconds } from '../../clock';
import type { Readback } from '../../driver';
import type { DecodedLine } from '../lines/line-decoder';
import { type LineContext, type LineDialect, stopped } from '../lines/line-driver';
import { Gantry, type Way } from './gantry';
import { moveLine, readMarlinLine } from './marlin-lines';

const MM = 1000;
const SECONDS_PER_MINUTE = 60;
const REPORT = 'M114';
const QUICK_STOP = 'M410';
/** Lines that it has not answered: it has room for four, and one of them may be a stop. */
const MOST_UNANSWERED = 3;
/** An answer that stayed away so long was lost. */
const LOST_SECONDS = 1;
const FIRST = { everySeconds: 0.5, attempts: 12 };
const ASK = { everySeconds: 0.08, attempts: 5 };
const ACKNOWLEDGED = { everySeconds: 0.4, attempts: 1 };
const HOMING = { everySeconds: 120, attempts: 1 };
const ARRIVE = { everySeconds: 0.1, attempts: 600 };
const ARRIVED_METRES = 3e-4;
const STILL_METRES = 2e-5;
const NO_STATE =
  'that it stands was read back, but Marlin has no state that refuses commands and does not say whether its motors are on, so that is not known';
const NO_WORD =
  'Marlin has acknowledged it, and does not say whether its motors are off, so that is not known';

/** A machine with Marlin: moves to goals a little ahead of where it is, so that it stands by itself when none follows. */
export class MarlinDialect implements LineDialect {
  readonly name = 'Marlin';
  version = '';
  readonly plantLimits;
  readonly counts = { reports: 0, moves: 0, movesNotSent: 0, implausible: 0, unknownLines: 0 };
  private readonly gantry: Gantry;
  private resolution: Partial<Record<AxisName, number>> = {};
  private unanswered: number[] = [];
  private commanded: Float64Array;
  private obeying = false;
  private resting: 'hold' | 'release' | undefined;
  private homed = false;
  private homing = false;
  /** m, as it was reported last. */
  private place: readonly number[] | undefined;

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
    const name = (line: string) => {
      const said = readMarlinLine(line);
      return said.kind === 'name' ? said.name : undefined;
    };
    const found = await this.context.link.until(() => this.send('M115'), name, FIRST);
    if (found === undefined) throw this.unanswering();
    this.version = found;
    // Millimetres, absolute.
    this.send('G21');
    this.send('G90');
    const steps = (line: string) => {
      const said = readMarlinLine(line);
      return said.kind === 'resolution' ? said.steps : undefined;
    };
    this.resolution = (await this.context.link.until(() => this.send('M92'), steps, FIRST)) ?? {};
    const lacking = (Object.keys(this.options.axes) as AxisName[]).filter((axis) => !this.resolution[axis]);
    if (lacking.length === 0) return;
    throw new ForesightError(
      'rig-refused',
      `The machine on ${this.where} does not say how many steps a millimetre of ${lacking.join(', ')} has (M92).`,
      'Name in rig.json the axes that the machine has.',
    );
  }

  poll(): void {
    if (this.homing) {
      this.context.busy();
      return;
    }
    if (this.unanswered.length < MOST_UNANSWERED) this.send(REPORT);
    else if (hostSeconds() - (this.unanswered[0] ?? 0) > LOST_SECONDS) this.unanswered.shift();
  }

  take(line: DecodedLine): void {
    const said = 'text' in line ? readMarlinLine(line.text) : undefined;
    if (!said || said.kind === 'unknown') {
      this.counts.unknownLines++;
      return;
    }
    this.context.heard();
    if (said.kind === 'ok') this.unanswered.shift();
    else if (said.kind === 'steps') this.see(said.steps);
    else if (said.kind === 'error') this.tell(`reports: ${said.text}`);
    else if (said.kind === 'start') {
      this.unanswered = [];
      this.homed = false;
      this.tell('has restarted by itself; its position is lost');
    }
  }

  act(values: Float64Array): void {
    this.commanded = values.slice();
    if (this.options.homing && !this.homed) {
      this.counts.movesNotSent++;
      this.tell(
        'does not know where it is: it has to find its switches first',
        'Reset the rig, which homes it.',
      );
      return;
    }
    if (this.unanswered.length >= MOST_UNANSWERED) {
      this.counts.movesNotSent++;
      return;
    }
    const way = this.gantry.command(values);
    if (way) this.move(way);
  }

  expire(): void {
    this.commanded.fill(0);
    this.send(QUICK_STOP);
    this.gantry.settle();
  }

  async hold(isWanted: () => boolean): Promise<Readback> {
    this.rest('hold');
    const still = await this.standStill(isWanted);
    if (!still) throw this.unconfirmed('hold');
    return this.readback(NO_STATE);
  }

  async release(isWanted: () => boolean): Promise<Readback> {
    this.rest('release');
    await this.standStill(isWanted);
    if (!isWanted()) throw stopped();
    const acknowledged = (line: string) => (readMarlinLine(line).kind === 'ok' ? true : undefined);
    if (
      !(await this.context.link.until(() => this.send('M18'), acknowledged, { ...ACKNOWLEDGED, isWanted }))
    ) {
      throw this.unconfirmed('release');
    }
    this.homed = false;
    return this.readback(NO_WORD);
  }

  async resume(isWanted: () => boolean): Promise<Readback> {
    this.obeying = false;
    this.send('M17');
    const reported = (line: string) => (readMarlinLine(line).kind === 'steps' ? true : undefined);
    const answers = await this.context.link.until(() => this.send(REPORT), reported, { ...ASK, isWanted });
    if (!answers) throw isWanted() ? this.unanswering() : stopped();
    this.resting = undefined;
    this.commanded.fill(0);
    this.gantry.settle();
    this.obeying = true;
    return this.readback(NO_STATE);
  }

  async status(): Promise<Readback> {
    const reported = (line: string) => (readMarlinLine(line).kind === 'steps' ? true : undefined);
    const answers = await this.context.link.until(() => this.send(REPORT), reported, {
      ...{ everySeconds: 0.2, attempts: 2 },
    });
    if (!answers) throw this.unanswering();
    return this.readback(this.resting === 'release' ? NO_WORD : NO_STATE);
  }

  async reset(isWanted: () => boolean): Promise<void> {
    this.commanded.fill(0);
    await this.standStill(isWanted);
    if (this.options.homing && !this.homed) await this.home(isWanted);
    const way = this.gantry.toStart(this.options.startSpeed);
    if (!way) return;
    this.move(way);
    const there = () => (this.gantry.fromStart < ARRIVED_METRES ? true : undefined);
    const arrived = await this.context.link.until(() => {}, there, { ...ARRIVE, isWanted });
    if (!isWanted()) throw stopped();
    if (arrived) return;
    throw new ForesightError(
      'rig-refused',
      `The machine on ${this.where} has not come to its start.`,
      'Look at the machine; set the start within its limits.',
    );
  }

  end(): void {
    this.send(QUICK_STOP);
  }

  private get where(): string {
    return this.context.link.transport.description;
  }

  private send(line: string): void {
    this.unanswered.push(hostSeconds());
    this.context.link.send(line);
  }

  private move({ places, speed }: Way): void {
    this.counts.moves++;
    const millimetres = Object.fromEntries(Object.entries(places).map(([axis, place]) => [axis, place * MM]));
    this.send(moveLine(millimetres, speed * MM * SECONDS_PER_MINUTE));
  }

  private rest(way: 'hold' | 'release'): void {
    this.obeying = false;
    this.resting = way;
    this.commanded.fill(0);
  }

  /** Stopped, and seen at the same place twice. */
  private async standStill(isWanted: () => boolean): Promise<boolean> {
    let before: readonly number[] | undefined;
    const ask = () => {
      this.send(QUICK_STOP);
      this.send(REPORT);
    };
    const still = (line: string) => {
      if (readMarlinLine(line).kind !== 'steps') return undefined;
      const here = this.place;
      const stands = here && before?.every((place, i) => Math.abs(place - (here[i] ?? 0)) < STILL_METRES);
      before = here;
      return stands || undefined;
    };
    const found = await this.context.link.until(ask, still, { ...ASK, isWanted });
    if (found) this.gantry.settle();
    return found ?? false;
  }

  private see(steps: Partial<Record<AxisName, number>>): void {
    this.counts.reports++;
    const machine = AXES.map((axis) => (steps[axis] ?? 0) / (this.resolution[axis] || 1) / MM);
    this.place = machine;
    if (Object.keys(this.resolution).length === 0) return;
    if (this.gantry.see(machine, hostSeconds())) this.context.observe(this.gantry.observation());
    else this.counts.implausible++;
  }

  private readback(unconfirmed: string): Readback {
    return {
      torque: this.resting !== 'release',
      halted: this.resting !== undefined,
      applied: this.gantry.applied(this.commanded),
      unconfirmed,
    };
  }

  /** Told once: from then on it rests until somebody resumes it. */
  private tell(what: string, next = 'Look at the machine, then press Resume.'): void {
    if (!this.obeying) return;
    this.obeying = false;
    this.context.tell(new ForesightError('rig-refused', `The machine on ${this.where} ${what}.`, next));
  }

  private async home(isWanted: () => boolean): Promise<void> {
    // Nothing else is asked meanwhile, so that its `ok` is that of homing.
    this.homing = true;
    try {
      await this.findSwitches(isWanted);
    } finally {
      this.homing = false;
    }
    this.homed = true;
    this.gantry.relocate();
    const reported = (line: string) => (readMarlinLine(line).kind === 'steps' ? true : undefined);
    await this.context.link.until(() => this.send(REPORT), reported, ASK);
  }

  private async findSwitches(isWanted: () => boolean): Promise<void> {
    const isAnswered = () => (this.unanswered.length === 0 ? true : undefined);
    await this.context.link.until(() => {}, isAnswered, { ...ASK, isWanted });
    this.unanswered = [];
    const letters = Object.keys(this.options.axes).map((axis) => axis.toUpperCase());
    const answer = (line: string) => {
      const said = readMarlinLine(line);
      if (said.kind === 'error') return said.text;
      return said.kind === 'ok' && this.unanswered.length === 0 ? 'done' : undefined;
    };
    const said = await this.context.link.until(() => this.send(`G28 ${letters.join(' ')}`), answer, {
      ...HOMING,
      isWanted,
    });
    if (!isWanted()) throw stopped();
    if (said !== 'done') {
      throw new ForesightError(
        'rig-refused',
        `The machine on ${this.where} has not found its switches: ${said ?? 'it does not say why'}.`,
        'Look at the switches and their wires, then press Resume and reset again.',
      );
    }
  }

  private unanswering(): ForesightError {
    return new ForesightError(
      'rig-silent',
      `No Marlin controller answers on ${this.where}.`,
      'Check that it has power, that this is its port, and the baud rate (115200 or 250000).',
    );
  }

  private unconfirmed(what: string): ForesightError {
    return new ForesightError(
      'rig-silent',
      `The machine on ${this.where} has not confirmed the ${what}: it still moves, or says nothing.`,
      'If the machine moves, cut the power of its motors.',
    );
  }
}
