import { LineDecoder } from '../../drivers/lines/line-decoder';
import type { ServoPlant, SimulatedBus } from '../servo-bus/device';
import { OdriveAxisModel } from './axis';

export interface OdriveBoardOptions {
  /** Which shaft of the plant each axis of the board turns, and how: turns = zero + direction · gear · angle / 2π. */
  axes: readonly { axis: number; direction: number; gear: number; zero: number }[];
  plant: ServoPlant;
}

const encoder = new TextEncoder();
const LONGEST_LINE = 256;
const AXES = 2;
const STEP_SECONDS = 0.001;
const TURN = 2 * Math.PI;
const BOARD = new Map([
  ['vbus_voltage', 24],
  ['fw_version_major', 0],
  ['fw_version_minor', 5],
  ['fw_version_revision', 6],
]);

/** An ODrive with firmware 0.5 over its ASCII protocol: lines with and without checksums, properties, axes with a watchdog. */
export class OdriveBoard implements SimulatedBus {
  readonly axes: OdriveAxisModel[];
  private readonly decoder = new LineDecoder(LONGEST_LINE);
  private behind = 0;

  constructor(private readonly options: OdriveBoardOptions) {
    this.axes = Array.from({ length: AXES }, () => new OdriveAxisModel());
    this.measure();
  }

  receive(bytes: Uint8Array): Uint8Array[] {
    return this.decoder.push(bytes).flatMap((line) => {
      const answer = 'text' in line ? this.obey(line.text) : undefined;
      return answer === undefined ? [] : [encoder.encode(`${answer}\r\n`)];
    });
  }

  step(seconds: number): void {
    const { plant, axes } = this.options;
    for (this.behind += seconds; this.behind >= STEP_SECONDS; this.behind -= STEP_SECONDS) {
      const torques = axes.map(
        ({ axis, direction, gear }) => direction * gear * (this.axes[axis]?.torque(STEP_SECONDS) ?? 0),
      );
      plant.step(torques, STEP_SECONDS);
      this.measure();
    }
  }

  /** It restarts: motors without torque, settings that were not saved as they were. */
  brownOut(): void {
    this.axes.forEach((_, i) => {
      this.axes[i] = new OdriveAxisModel();
    });
    this.measure();
  }

  overload(): void {
    this.axes[this.options.axes[0]?.axis ?? 0]?.trip();
  }

  dispose(): void {
    this.options.plant.dispose();
  }

  private measure(): void {
    const { plant, axes } = this.options;
    axes.forEach(({ axis, direction, gear, zero }, i) => {
      const model = this.axes[axis];
      if (!model) return;
      model.position = zero + (direction * gear * (plant.angles[i] ?? 0)) / TURN;
      model.velocity = (direction * gear * (plant.velocities[i] ?? 0)) / TURN;
    });
  }

  /** The answer, without its line end; undefined where there is none. */
  private obey(line: string): string | undefined {
    const [beforeComment = ''] = line.split(';');
    const star = beforeComment.indexOf('*');
    const text = star < 0 ? beforeComment : beforeComment.slice(0, star);
    if (star >= 0 && Number.parseInt(beforeComment.slice(star + 1), 10) !== checksum(text)) return undefined;
    const answer = this.answer(text.trim());
    return answer === undefined || star < 0 ? answer : `${answer}*${checksum(answer)}`;
  }

  private answer(text: string): string | undefined {
    const [word = '', ...rest] = text.split(/\s+/);
    switch (word) {
      case '':
        return undefined;
      case 'r':
        return this.read(rest[0] ?? '');
      case 'w':
        return this.write(rest[0] ?? '', rest[1] ?? '');
      case 'f':
      case 'u':
      case 'p':
      case 'v':
      case 'c':
        return this.command(word, rest.map(Number));
      case 'sc':
        for (const axis of this.axes) axis.clearErrors();
        return undefined;
      case 'sr':
        this.brownOut();
        return undefined;
      default:
        return 'unknown command';
    }
  }

  private command(word: 'f' | 'u' | 'p' | 'v' | 'c', [motor, ...values]: number[]): string | undefined {
    const needsValue = word === 'p' || word === 'v' || word === 'c';
    if (
      motor === undefined ||
      ![motor, ...values].every(Number.isFinite) ||
      (needsValue && values.length === 0)
    ) {
      return 'invalid command format';
    }
    const axis = this.axes[motor];
    if (!axis) return `invalid motor ${motor}`;
    if (word === 'f') return `${axis.position.toFixed(6)} ${axis.velocity.toFixed(6)}`;
    if (word === 'u') axis.feed();
    else axis.command(word, values);
    return undefined;
  }

  private read(name: string): string {
    const value =
      BOARD.get(name) ?? this.property(name)?.axis.properties.get(this.property(name)?.rest ?? '');
    return value === undefined ? 'invalid property' : String(value);
  }

  private write(name: string, value: string): string | undefined {
    const found = this.property(name);
    if (!found?.axis.properties.has(found.rest)) return 'invalid property';
    const number = Number(value);
    if (value === '' || !Number.isFinite(number)) return 'not implemented';
    found.axis.set(found.rest, number);
    return undefined;
  }

  private property(name: string): { axis: OdriveAxisModel; rest: string } | undefined {
    const match = /^axis(\d)\.(.+)$/.exec(name);
    const axis = this.axes[Number(match?.[1] ?? Number.NaN)];
    return axis && match?.[2] !== undefined ? { axis, rest: match[2] } : undefined;
  }
}

function checksum(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum ^= text.charCodeAt(i);
  return sum;
}
