import type { RigFile } from '../../../../shared/rig';
import { placeholders, type TextOptions } from '../../../../shared/text-line';
import { LineDecoder } from '../../drivers/lines/line-decoder';
import type { Plant } from '../../drivers/mujoco/plant';
import { withChecksum, withoutChecksum } from '../../drivers/text/checksum';
import { fillIn, ofTheRig } from '../../drivers/text/lines';
import { Actuation } from '../actuation';
import type { SimulatedBus } from '../servo-bus/device';

const encoder = new TextEncoder();
/** What its lines say of its state while it obeys commands. */
const OBEYING = 'G';
const VERSION = '1.0';
const OVERHEATED = 'motor driver too hot, held';
const DECIMALS = 6;

interface Command {
  pattern: RegExp;
  names: string[];
}

/**
 * A device that speaks as the rig file says a device speaks, with a plant behind it: what a lab's own sketch would do with
 * `Serial.println`. It obeys a command until the next one, or for as long as the command says.
 */
export class TextDevice implements SimulatedBus {
  private readonly decoder: LineDecoder;
  private readonly actuation: Actuation;
  private readonly command: Command;
  private newest: Float64Array;
  private streaming: boolean;
  private seconds = 0;
  private behind = 0;
  private said: Uint8Array[] = [];
  private seed = 0;

  constructor(
    private readonly file: RigFile,
    private readonly text: TextOptions,
    private readonly plant: Plant,
  ) {
    this.decoder = new LineDecoder(text.longestLine);
    this.actuation = new Actuation(file.actions.map(({ hold }) => hold));
    this.command = commandPattern(this.filled(text.command));
    this.newest = plant.first;
    this.streaming = text.query === undefined && text.start.length === 0;
    this.boot();
  }

  receive(bytes: Uint8Array): Uint8Array[] {
    for (const line of this.decoder.push(bytes)) if ('text' in line) this.obey(line.text.trim());
    return this.unasked();
  }

  step(seconds: number): void {
    const { periodSeconds } = this.file;
    this.behind += seconds;
    while (this.behind >= periodSeconds) {
      this.behind -= periodSeconds;
      this.seconds += periodSeconds;
      this.plant.setTorque(this.actuation.torque);
      const applied = this.actuation.applied(this.seconds);
      if (!this.actuation.untouched) this.newest = this.plant.step(applied);
      if (this.streaming) this.sayObservation();
    }
  }

  unasked(): Uint8Array[] {
    return this.said.splice(0);
  }

  brownOut(): void {
    this.streaming = this.text.query === undefined && this.text.start.length === 0;
    this.actuation.resume();
    this.actuation.enterRelease();
    this.boot();
  }

  overload(): void {
    this.actuation.enterHold();
    const [error] = this.text.errors;
    if (error !== undefined) this.say(`${error}${OVERHEATED}`);
  }

  dispose(): void {
    this.plant.dispose();
  }

  private boot(): void {
    const [beginning] = this.text.restarts;
    if (beginning !== undefined) this.sayPlain(`${beginning} ${VERSION}`);
  }

  private obey(line: string): void {
    const { text } = this;
    const said = withoutChecksum(text.checksum, line);
    if (said === undefined) return;
    const is = (list: readonly string[] | undefined) =>
      (list ?? []).some((template) => this.filled(template) === said);
    if (text.identify?.send === said) this.say(`${text.identify.answer} ${VERSION}`);
    if (text.query !== undefined && this.filled(text.query) === said) this.sayObservation();
    if (is(text.start)) this.streaming = text.query === undefined;
    if (is(text.stop)) this.streaming = false;
    if (is(text.resume)) this.actuation.resume();
    if (is(text.reset) && !this.actuation.halted) {
      this.actuation.begin();
      this.newest = this.plant.reset(this.seed++);
    }
    if (is(text.hold)) this.actuation.enterHold();
    else if (is(text.release)) this.actuation.enterRelease();
    else this.take(said);
  }

  private take(said: string): void {
    const match = this.command.pattern.exec(said);
    if (!match) return;
    const numbers = new Map(this.command.names.map((name, i) => [name, Number(match[i + 1])]));
    const values = this.file.actions.map(({ name, text: target, limits: [low, high] }) => {
      const value = ((numbers.get(name) ?? 0) - (target?.offset ?? 0)) / (target?.scale ?? 1);
      return Math.min(Math.max(value, low), high);
    });
    const ttl = numbers.get('ttlMs');
    this.actuation.accept(values, ttl === undefined ? Number.POSITIVE_INFINITY : this.seconds + ttl / 1000);
  }

  private sayObservation(): void {
    const { text, file } = this;
    const used = [...file.observations.map((one) => one.text?.column ?? 0), text.state?.column ?? 0];
    const words = Array.from({ length: text.columns ?? 1 + Math.max(...used) }, () => '0');
    file.observations.forEach(({ text: source }, i) => {
      const number = ((this.newest[i] ?? 0) - (source?.offset ?? 0)) / (source?.scale ?? 1);
      words[source?.column ?? 0] = number.toFixed(DECIMALS);
    });
    if (text.state) words[text.state.column] = this.stateWord(text.state);
    this.say(text.prefix + words.join(text.delimiter));
  }

  private stateWord({ hold, release = hold }: NonNullable<TextOptions['state']>): string {
    const { halted, torque } = this.actuation;
    if (!halted) return OBEYING;
    return torque ? hold : release;
  }

  private filled(template: string): string {
    return fillIn(template, ofTheRig(this.file));
  }

  private say(line: string): void {
    this.sayPlain(withChecksum(this.text.checksum, line));
  }

  private sayPlain(line: string): void {
    this.said.push(encoder.encode(`${line}\r\n`));
  }
}

/** A template as the pattern of the lines that it makes. */
function commandPattern(template: string): Command {
  const fixed = template.split(/\{[^{}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return { pattern: new RegExp(`^${fixed.join('(-?\\d+(?:\\.\\d+)?)')}$`), names: placeholders(template) };
}
