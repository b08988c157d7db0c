import { ForesightError } from '../../../../shared/errors';
import type { TextOptions } from '../../../../shared/text-line';
import { hostSeconds } from '../../clock';
import type { Readback } from '../../driver';
import type { DecodedLine } from '../lines/line-decoder';
import { type LineContext, type LineDialect, stopped } from '../lines/line-driver';
import { withChecksum } from './checksum';
import { commandLine, fillIn, ofTheRig, readTextLine, shorten } from './lines';

/** So many bad lines in a row are no accident. */
const MOST_BAD = 3;
const ASK_SECONDS = 0.06;
const SAFE_ATTEMPTS = 7;
const IDENTIFY = { everySeconds: 0.25, attempts: 12 };
/** A hold that nobody can confirm is said again so often. */
const REPEAT_SECONDS = 0.5;
/** The newest state of the device is as old as this at most. */
const MIN_FRESH_SECONDS = 0.25;
const NO_COLUMN = 'the lines of this device say nothing of its motors, so whether they do so is not known';

/** A device whose lines are described in rig.json. */
export class TextDialect implements LineDialect {
  readonly name = 'text';
  version = '';
  readonly plantLimits;
  readonly counts = { badChecksum: 0, badLines: 0, comments: 0, reported: 0 };
  private badInARow = 0;
  private state: { word: string; at: number } | undefined;
  private resting: 'hold' | 'release' | undefined;
  private repeatAt = 0;
  private commanded: Float64Array;
  /** It was resumed, and has said so where it can. */
  private obeying = false;

  constructor(
    private readonly context: LineContext,
    private readonly text: TextOptions,
  ) {
    this.plantLimits = context.rig.file.actions.map(() => undefined);
    this.commanded = this.holdAction;
  }

  async begin(): Promise<void> {
    const { identify } = this.text;
    if (identify) {
      const { answer } = identify;
      const said = await this.context.link.until(
        () => this.say(identify.send),
        (line) => (line.trim().startsWith(answer) ? line.trim() : undefined),
        IDENTIFY,
      );
      if (said === undefined) throw this.unidentified(answer);
      this.version = shorten(said);
    }
    this.sayAll(this.text.start);
  }

  poll(): void {
    if (this.text.query !== undefined) this.say(this.text.query);
    if (!this.resting || this.text.state || hostSeconds() < this.repeatAt) return;
    this.rest(this.resting);
  }

  take(line: DecodedLine): void {
    if ('bad' in line) {
      const why =
        line.bad === 'too long'
          ? `is ${line.bytes} bytes long, more than the ${this.text.longestLine} of "longestLine"`
          : 'has bytes that are no text';
      this.bad(why);
      return;
    }
    const read = readTextLine(line.text, this.context.rig.file, this.text);
    if (read.kind === 'observation') {
      this.badInARow = 0;
      if (read.state !== undefined) this.seeState(read.state);
      this.context.observe(read.values);
    } else if (read.kind === 'bad') this.bad(read.why, line.text);
    else if (read.kind === 'bad checksum') this.counts.badChecksum++;
    else if (read.kind === 'error') this.reports(`reports: ${shorten(read.text)}`);
    else if (read.kind === 'restart') this.restarted();
    else {
      this.counts.comments++;
      this.context.heard();
    }
  }

  act(values: Float64Array, ttlSeconds: number): void {
    this.commanded = values.slice();
    this.context.link.send(commandLine(values, ttlSeconds, this.context.rig.file, this.text));
  }

  expire(): void {
    this.commanded = this.holdAction;
    this.standStill();
  }

  hold(isWanted: () => boolean): Promise<Readback> {
    return this.toRest('hold', this.text.state?.hold, isWanted);
  }

  release(isWanted: () => boolean): Promise<Readback> {
    if (this.text.release) return this.toRest('release', this.text.state?.release, isWanted);
    this.rest('hold');
    throw new ForesightError(
      'rig-refused',
      `The motors of "${this.context.rig.file.title}" cannot be switched off from here: rig.json has no lines for it in text.release. They were told to hold.`,
      'Cut the power of the motors, or add the lines that release them.',
    );
  }

  async resume(isWanted: () => boolean): Promise<Readback> {
    this.resting = undefined;
    this.obeying = false;
    this.commanded = this.holdAction;
    this.sayAll(this.text.resume);
    const { state } = this.text;
    if (!state) {
      this.obeying = true;
      return this.readback(false, true, NO_COLUMN);
    }
    const obeys = await this.waitFor(
      (word) => word !== state.hold && word !== state.release,
      () => this.sayAll(this.text.resume),
      isWanted,
    );
    this.obeying = obeys;
    return this.readback(!obeys, true);
  }

  async status(): Promise<Readback> {
    const { state } = this.text;
    const { resting } = this;
    if (!state) return this.readback(resting !== undefined, resting !== 'release', NO_COLUMN);
    if (!this.state || hostSeconds() - this.state.at > this.freshSeconds) throw this.unconfirmed('state');
    return this.readbackOf(this.state.word);
  }

  async reset(isWanted: () => boolean): Promise<void> {
    this.sayAll(this.text.reset);
    const until = hostSeconds() + this.text.resetSeconds;
    while (hostSeconds() < until) {
      if (!isWanted()) throw stopped();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  end(): void {
    this.sayAll(this.text.stop);
  }

  private get holdAction(): Float64Array {
    return Float64Array.from(this.context.rig.file.actions, ({ hold }) => hold);
  }

  private get freshSeconds(): number {
    return Math.max(MIN_FRESH_SECONDS, 3 * this.context.rig.file.periodSeconds);
  }

  private say(template: string): void {
    const line = fillIn(template, ofTheRig(this.context.rig.file));
    this.context.link.send(withChecksum(this.text.checksum, line));
  }

  private sayAll(templates: readonly string[]): void {
    for (const template of templates) this.say(template);
  }

  private standStill(): void {
    if (this.text.hold) this.sayAll(this.text.hold);
    else this.context.link.send(commandLine(this.holdAction, 1, this.context.rig.file, this.text));
  }

  private rest(way: 'hold' | 'release'): void {
    this.resting = way;
    this.obeying = false;
    this.commanded = this.holdAction;
    this.repeatAt = hostSeconds() + REPEAT_SECONDS;
    // A device that has restarted since waits to be told again to speak.
    const seen = this.context.newest();
    if (seen && hostSeconds() - seen.hostSeconds > this.freshSeconds) this.sayAll(this.text.start);
    if (way === 'release') this.sayAll(this.text.release ?? []);
    else this.standStill();
  }

  private async toRest(
    way: 'hold' | 'release',
    word: string | undefined,
    isWanted: () => boolean,
  ): Promise<Readback> {
    if (word === undefined) {
      this.rest(way);
      return this.readback(true, way === 'hold', NO_COLUMN);
    }
    const rests = await this.waitFor(
      (said) => said === word,
      () => this.rest(way),
      isWanted,
    );
    if (!rests) throw this.unconfirmed(way);
    return this.readbackOf(word);
  }

  /** Whether the device says so of itself before the time is over; `ask` is repeated meanwhile. */
  private async waitFor(
    isSo: (word: string) => boolean,
    ask: () => void,
    isWanted: () => boolean,
  ): Promise<boolean> {
    const accept = (line: string) => {
      const read = readTextLine(line, this.context.rig.file, this.text);
      return read.kind === 'observation' && read.state !== undefined && isSo(read.state) ? true : undefined;
    };
    const options = { everySeconds: ASK_SECONDS, attempts: SAFE_ATTEMPTS, isWanted };
    const askAll = () => {
      ask();
      if (this.text.query !== undefined) this.say(this.text.query);
    };
    return (await this.context.link.until(askAll, accept, options)) ?? false;
  }

  private readbackOf(word: string): Readback {
    const { state } = this.text;
    const isReleased = word === state?.release;
    return this.readback(isReleased || word === state?.hold, !isReleased);
  }

  private readback(halted: boolean, torque: boolean, unconfirmed?: string): Readback {
    const applied = halted ? this.holdAction : this.commanded.slice();
    return { torque, halted, applied, ...(unconfirmed !== undefined && { unconfirmed }) };
  }

  private bad(why: string, line?: string): void {
    this.counts.badLines++;
    this.badInARow++;
    if (this.badInARow !== MOST_BAD) return;
    const shown = line === undefined ? '' : ` "${shorten(line.trim())}"`;
    this.context.tell(
      new ForesightError(
        'bad-data',
        `${MOST_BAD} lines in a row of the device on ${this.context.link.transport.description} are no observations: the last one${shown} ${why}.`,
        'Check the columns in rig.json against what the device sends, its sensors, and the baud rate; then press Resume.',
      ),
    );
  }

  private seeState(word: string): void {
    this.state = { word, at: hostSeconds() };
    const { state } = this.text;
    if (this.obeying && (word === state?.hold || word === state?.release)) {
      this.reports(`says that it has stopped ("${word}"), which nobody has asked for here`);
    }
  }

  private restarted(): void {
    this.sayAll(this.text.start);
    if (this.context.newest()) this.reports('has restarted by itself');
  }

  private reports(text: string): void {
    this.counts.reported++;
    this.context.heard();
    // Once: from here on it rests, whatever else it says of that.
    if (!this.obeying) return;
    this.obeying = false;
    this.context.tell(
      new ForesightError(
        'rig-refused',
        `The device on ${this.context.link.transport.description} ${text}.`,
        'Look for what has made it do so, and at its power supply; then press Resume.',
      ),
    );
  }

  private unidentified(answer: string): ForesightError {
    const { transport } = this.context.link;
    const { bytes } = this.context.link.counters();
    return new ForesightError(
      bytes === 0 ? 'rig-silent' : 'rig-refused',
      bytes === 0
        ? `Nothing answers on ${transport.description}.`
        : `What answers on ${transport.description} does not say "${answer}".`,
      'Check that the device has power, that this is its port, and "identify" in rig.json.',
    );
  }

  private unconfirmed(what: string): ForesightError {
    return new ForesightError(
      'rig-silent',
      `The device on ${this.context.link.transport.description} has not said that it is in ${what === 'state' ? 'any state' : what}.`,
      'If the rig moves, cut the power of its motors.',
    );
  }
}
