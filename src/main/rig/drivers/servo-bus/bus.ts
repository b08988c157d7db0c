import type { Disposable } from '../../../../shared/disposable';
import type { ForesightError } from '../../../../shared/errors';
import type { LineState } from '../../../../shared/telemetry';
import { hostSeconds } from '../../clock';
import type { Transport } from '../../transport/transport';
import { EchoFilter } from './echo';
import { GroupReads } from './group-reads';
import { OwedAnswers } from './owed-answers';
import { Patience } from './patience';
import type { MotorStatus, PacketDecoder, ServoProtocol, SyncEntry } from './protocol';

/** What one motor of several that were asked has answered. */
export type Answer = MotorStatus | undefined;

interface Job {
  bytes: Uint8Array;
  /** Whose answers are waited for; nobody's after a write to several. */
  ids: readonly number[];
  /** So many packets answer it. */
  packets: number;
  /** Parameters of an answer that fits; another length is somebody else's. */
  length: number;
  /** Goes before everything that is not. */
  urgent: boolean;
  seconds?: number | undefined;
  /** Looked at when its turn comes: what is not wanted any more is not sent. */
  onlyIf?: (() => boolean) | undefined;
  resolve(answers: Answer[]): void;
  reject(reason: ForesightError): void;
}

interface Running {
  job: Job;
  sentAt: number;
  /** When it is given up, host's clock, and the latest that this may become. */
  until: number;
  latest: number;
  answers: Answer[];
  missing: number;
  /** Packets that had come damaged before the question was sent. */
  damagedBefore: number;
}

export interface AskOptions {
  /** Hold and release: before everything else that waits. */
  urgent?: boolean;
  /** How often a motor is asked, the first time included. */
  attempts?: number;
  /** How long an answer is waited for, besides the time of the bytes; as learned when left out. */
  seconds?: number;
  /** Looked at when its turn comes: what is not wanted any more is not sent. */
  onlyIf?: () => boolean;
}

/** How often a motor is asked before it counts as one that does not answer. */
const ATTEMPTS = 3;
/** After answers that did not come in time, the line must be quiet for so long: a late one would answer the next question. */
const QUIET_SECONDS = 0.003;
/** The same where others of the question have answered: as it is one after the other, hardly any comes later than they. */
const QUIET_AFTER_OTHERS_SECONDS = 0.001;
/** A timer that is so late was kept by this process or by its computer. */
const LATE_SECONDS = 0.005;
const GRACE_SECONDS = 0.01;
/** An echo comes at once, but for what an adapter collects. */
const ECHO_SECONDS = 0.03;
const ECHO_ATTEMPTS = 2;

/**
 * One line that a computer and several motors share: one question at a time, answered or given up in a time that is learned
 * from the answers. Nothing of what comes over the line is an exception; a motor that does not answer is `undefined`.
 * Everything rejects with the transport's reason once that is closed.
 */
export class ServoBus {
  private readonly decoder: PacketDecoder<MotorStatus>;
  private readonly echo = new EchoFilter();
  private readonly patience: Patience;
  private readonly groups: GroupReads;
  private readonly waiting: Job[] = [];
  /** `unanswered` is what has never come; what came after it was given up is `answeredLate`. */
  private readonly counts = { questions: 0, answers: 0, unanswered: 0, answeredLate: 0, strays: 0 };
  private readonly owed = new OwedAnswers();
  private readonly disposables: Disposable[];
  private running: Running | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** When the line may be used again, after an answer that did not come. */
  private quietUntil = Number.NEGATIVE_INFINITY;
  private goneBecause: ForesightError | undefined;
  /** An answer has just come: what else arrives with it, such as the same once more, answers no other question. */
  private settling = false;

  constructor(
    readonly transport: Transport,
    readonly protocol: ServoProtocol,
    baudRate: number,
  ) {
    this.decoder = protocol.decoder();
    this.patience = new Patience(baudRate);
    this.groups = new GroupReads(protocol);
    this.disposables = [
      transport.onData((bytes) => this.take(bytes)),
      transport.onClose((reason) => this.close(reason)),
    ];
  }

  /** Finds out whether the adapter repeats what is sent; asked before anything else. */
  async begin(): Promise<void> {
    const { echoProbe } = this.protocol;
    if (!echoProbe) return;
    this.echo.repeats = true;
    for (let attempt = 0; attempt < ECHO_ATTEMPTS && this.echo.echoed === 0; attempt++) {
      await this.put(echoProbe, [], 0);
      await this.pause(ECHO_SECONDS);
    }
    this.echo.repeats = this.echo.echoed > 0;
  }

  async ping(id: number, options?: AskOptions): Promise<Answer> {
    return (await this.ask([id], () => this.protocol.ping(id), undefined, options))[0];
  }

  /** Every motor that answers a ping to all, with its number; undefined where they do not. */
  async pingAll(): Promise<MotorStatus[] | undefined> {
    const { pingsAll, broadcastId, highestId } = this.protocol;
    if (!pingsAll) return undefined;
    const ids = Array.from({ length: highestId + 1 }, (_, id) => id);
    const seconds = pingsAll.secondsPerId * ids.length;
    const answers = await this.put(this.protocol.ping(broadcastId), ids, -1, { seconds });
    return answers.filter((answer) => answer !== undefined);
  }

  async read(id: number, address: number, length: number, options?: AskOptions): Promise<Answer> {
    return (await this.ask([id], () => this.protocol.read(id, address, length), length, options))[0];
  }

  /** False when the motors of this line cannot be told to begin anew. */
  async reboot(id: number): Promise<boolean> {
    const { reboot } = this.protocol;
    if (!reboot) return false;
    await this.ask([id], () => reboot(id), undefined, { attempts: 1 });
    return true;
  }

  async write(id: number, address: number, data: Uint8Array, options?: AskOptions): Promise<Answer> {
    return (await this.ask([id], () => this.protocol.write(id, address, data), undefined, options))[0];
  }

  /**
   * [ids] the same registers of several motors: in one go where the protocol has it, and those that did not answer again
   * one by one.
   */
  async readAll(
    ids: readonly number[],
    address: number,
    length: number,
    { attempts = ATTEMPTS, urgent = false }: AskOptions = {},
  ): Promise<Answer[]> {
    let answers: Answer[] = ids.map(() => undefined);
    let left = attempts;
    // Where nobody answers, the question itself was lost, or the supply is off: that is not asked motor by motor.
    while (left > 0 && !answers.some((answer) => answer)) {
      const question = this.groups.question(ids, address, length);
      if (!question) break;
      const { bytes, packets } = question;
      answers = await this.put(bytes, ids, length, { urgent, packets });
      question.heard(answers.some((answer) => answer));
      left--;
    }
    if (left === 0) return answers;
    for (const [i, id] of ids.entries()) {
      answers[i] ??= await this.read(id, address, length, { attempts: left, urgent });
    }
    return answers;
  }

  /**
   * To several motors at once; resolves when it is on its way, because none answers, or when its turn came and `onlyIf` said
   * that it is not wanted any more.
   */
  async writeAll(
    address: number,
    entries: readonly SyncEntry[],
    { urgent = false, onlyIf }: { urgent?: boolean; onlyIf?: () => boolean } = {},
  ): Promise<void> {
    if (entries.length === 0) return;
    const length = entries[0]?.data.length ?? 0;
    await this.put(this.protocol.syncWrite(address, length, entries), [], 0, { urgent, onlyIf });
  }

  counters(): Record<string, number> {
    return { ...this.decoder.counters, ...this.counts, echoed: this.echo.echoed };
  }

  /** How long a motor's answer is waited for at the moment, seconds. */
  get patienceSeconds(): number {
    return this.patience.seconds(0);
  }

  /** How long questions and their answers took of late, and what is known of the adapter. */
  get line(): LineState {
    return { roundTrip: this.patience.summary(), adapter: this.transport.adapter ?? null };
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
    clearTimeout(this.timer);
  }

  private pause(seconds: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const closing = this.transport.onClose((reason) => {
        clearTimeout(timer);
        reject(reason);
      });
      const timer = setTimeout(() => {
        closing.dispose();
        resolve();
      }, seconds * 1000);
    });
  }

  private async ask(
    ids: readonly number[],
    bytes: () => Uint8Array,
    length: number | undefined,
    { attempts = ATTEMPTS, urgent = false, seconds, onlyIf }: AskOptions = {},
  ): Promise<Answer[]> {
    let answers: Answer[] = [];
    for (let attempt = 0; attempt < attempts && !answers[0]; attempt++) {
      answers = await this.put(bytes(), ids, length ?? -1, { urgent, seconds, onlyIf });
    }
    return answers;
  }

  private put(
    bytes: Uint8Array,
    ids: readonly number[],
    length: number,
    {
      urgent = false,
      packets = ids.length,
      seconds,
      onlyIf,
    }: Partial<Pick<Job, 'urgent' | 'packets' | 'seconds' | 'onlyIf'>> = {},
  ): Promise<Answer[]> {
    if (this.goneBecause) return Promise.reject(this.goneBecause);
    return new Promise((resolve, reject) => {
      const job: Job = { bytes, ids, packets, length, urgent, seconds, onlyIf, resolve, reject };
      const place = urgent ? this.waiting.findIndex((other) => !other.urgent) : -1;
      if (place < 0) this.waiting.push(job);
      else this.waiting.splice(place, 0, job);
      this.next();
    });
  }

  private next(): void {
    while (!this.running && this.waiting.length > 0) {
      if (this.settling && !this.waiting[0]?.urgent) return;
      const wait = this.quietUntil - hostSeconds();
      if (wait > 0) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.next(), Math.ceil(wait * 1000));
        return;
      }
      const job = this.waiting.shift();
      if (job?.onlyIf?.() === false) job.resolve([]);
      else if (job) this.start(job);
    }
  }

  private start(job: Job): void {
    this.counts.questions++;
    this.strays(this.decoder.flush());
    this.echo.sent(job.bytes);
    const answers: Answer[] = job.ids.map(() => undefined);
    this.transport.write(job.bytes);
    if (job.ids.length === 0) {
      job.resolve(answers);
      return;
    }
    const answerBytes = job.ids.length * this.protocol.statusBytes(Math.max(0, job.length));
    const seconds = this.patience.seconds(job.bytes.length + answerBytes, job.seconds);
    const sentAt = hostSeconds();
    const until = sentAt + seconds;
    const damagedBefore = this.decoder.counters.badChecksum;
    this.running = { job, answers, missing: job.ids.length, sentAt, until, latest: until, damagedBefore };
    this.timer = setTimeout(() => this.timeIsUp(), Math.ceil(seconds * 1000));
  }

  private take(bytes: Uint8Array): void {
    const missing = this.running?.missing;
    this.see(this.decoder.push(this.echo.strip(bytes)));
    const { running } = this;
    if (running && this.hasAllCome(running)) this.abandon(running, 0);
    else if (running && running.missing !== missing) this.expectMore(running);
    this.next();
  }

  /** What came damaged was all that is missing: nothing is left to wait for. */
  private hasAllCome({ job, missing, damagedBefore }: Running): boolean {
    return this.decoder.counters.badChecksum - damagedBefore >= Math.min(missing, job.packets);
  }

  /** Some of several have answered, one after the other as they do: the others follow soon, or not at all. */
  private expectMore(running: Running): void {
    // Who says how long to wait, and who is given a moment more, keeps it.
    if (running.job.seconds !== undefined || running.until > running.latest) return;
    const now = hostSeconds();
    running.until = Math.min(running.latest, now + this.patience.gapSeconds());
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.timeIsUp(), Math.ceil(1000 * Math.max(0, running.until - now)));
  }

  private see(packets: readonly MotorStatus[]): void {
    for (const packet of packets) {
      const { running } = this;
      const place = running?.job.ids.indexOf(packet.id) ?? -1;
      const fits = running && (running.job.length < 0 || running.job.length === packet.parameters.length);
      if (!running || !fits || place < 0 || running.answers[place]) {
        this.stray(packet);
        continue;
      }
      running.answers[place] = packet;
      running.missing--;
      this.counts.answers++;
      if (running.missing > 0) continue;
      clearTimeout(this.timer);
      this.patience.answered(hostSeconds() - running.sentAt);
      this.settle();
      this.finish(running);
    }
  }

  private settle(): void {
    if (this.settling) return;
    this.settling = true;
    setImmediate(() => {
      this.settling = false;
      this.next();
    });
  }

  /** What came while this process was given no time is read before anybody is given up. */
  private timeIsUp(): void {
    const { running } = this;
    const until = running?.until;
    setImmediate(() => {
      if (running && running === this.running && running.until === until) this.giveUp();
    });
  }

  private giveUp(): void {
    if (this.running && hostSeconds() > this.running.until + LATE_SECONDS) {
      // This process itself stood still: what came meanwhile has not been read yet, and is in a moment.
      this.running.until = Number.POSITIVE_INFINITY;
      this.timer = setTimeout(() => this.giveUp(), 1000 * GRACE_SECONDS);
      return;
    }
    // A header that noise has made may hold back an answer that is there.
    this.see(this.decoder.flush());
    const { running } = this;
    if (running) {
      const hasHeard = running.missing < running.job.ids.length;
      this.abandon(running, hasHeard ? QUIET_AFTER_OTHERS_SECONDS : QUIET_SECONDS);
      this.patience.unanswered();
    }
    this.next();
  }

  private abandon(running: Running, quietSeconds: number): void {
    clearTimeout(this.timer);
    const { job, answers, missing } = running;
    this.counts.unanswered += missing;
    job.ids.forEach((id, i) => {
      if (!answers[i]) this.owed.gaveUp(id);
    });
    this.quietUntil = hostSeconds() + quietSeconds;
    this.finish(running);
  }

  private finish({ job, answers }: Running): void {
    this.running = undefined;
    job.resolve(answers);
  }

  private strays(packets: readonly MotorStatus[]): void {
    for (const packet of packets) this.stray(packet);
  }

  /** Nobody waits for it; of a motor that was given up, it is the answer that came late. */
  private stray({ id }: MotorStatus): void {
    this.counts.strays++;
    if (!this.owed.take(id)) return;
    this.counts.unanswered--;
    this.counts.answeredLate++;
  }

  private close(reason: ForesightError): void {
    this.goneBecause = reason;
    clearTimeout(this.timer);
    const { running } = this;
    this.running = undefined;
    for (const job of [...(running ? [running.job] : []), ...this.waiting.splice(0)]) job.reject(reason);
  }
}
