import type { Disposable } from '../../shared/disposable';
import type { EpisodeEvent } from '../../shared/episode';
import { asForesightError, ForesightError } from '../../shared/errors';
import type { RigFile } from '../../shared/rig';
import type { LinkState } from '../../shared/telemetry';
import { type Driver, endsMotion, type Observation } from '../rig/driver';
import type { Clock } from './clock';
import { CommandGuard } from './command-guard';
import { createController, NO_COMMANDS } from './controllers';
import { DeadMan } from './dead-man';
import { type Ending, Episode, endedByHold } from './episode';
import { standingAt } from './guard';
import { healthOf } from './health';
import { JitterRing } from './jitter';
import type { CompiledWorkspace } from './limits/workspace';
import { Manual } from './manual';
import type { BeginRequest, ControllerSpec, FromRig, PlanMessage } from './messages';
import { PhaseEstimator } from './phase';
import { Reporter } from './reporter';
import { Safety } from './safety';
import { overrunMessage, Schedule, type Tick } from './schedule';
import { Vigilance } from './vigilance';

/**
 * The control loop: observe → decide → guard → act. One rig, one driver, from opened to closed. It is driven by its
 * clock and by messages; it knows nothing of ports and processes.
 */
export class ControlLoop {
  readonly safety: Safety;
  readonly deadMan: DeadMan;
  private readonly rig: RigFile;
  private readonly jitter = new JitterRing();
  private readonly arrivals: PhaseEstimator;
  private readonly schedule: Schedule;
  private readonly disposables: Disposable[];
  private readonly vigilance: Vigilance;
  private readonly reporter: Reporter;
  private episode: Episode | undefined;
  /** Raised to call off a `begin` that waits for the rig's reset. */
  private beginning: { episode: number; calledOff: boolean } | undefined;
  private readonly manual: Manual;
  private readonly guard: CommandGuard;
  private error: ForesightError | null = null;

  constructor(
    private readonly driver: Driver,
    private readonly clock: Clock,
    private readonly send: (message: FromRig) => void,
    workspace?: CompiledWorkspace,
  ) {
    this.rig = driver.rig.file;
    this.guard = new CommandGuard(this.rig, driver, workspace);
    this.manual = new Manual(this.guard);
    this.safety = new Safety(driver, clock, () => this.sendState());
    this.deadMan = new DeadMan(
      clock,
      this.rig.safety.deadMan,
      (why) => this.holdIfMoving(why),
      () => this.sendState(),
    );
    this.vigilance = new Vigilance(driver, clock);
    this.arrivals = new PhaseEstimator(this.rig.periodSeconds);
    this.schedule = new Schedule(
      clock,
      this.rig.periodSeconds,
      (tick) => this.tick(tick),
      () => this.episode !== undefined,
    );
    this.disposables = [
      driver.onObservation((observation) => this.arrivals.push(observation.hostSeconds)),
      driver.onFault((error) => this.fault(error)),
    ];
    this.reporter = new Reporter(
      driver,
      this.safety,
      clock,
      send,
      () => this.sendState(),
      () => this.beginning !== undefined,
    );
    if (driver.mode === 'realtime') this.schedule.start(clock.now() + this.rig.periodSeconds);
    else this.reporter.live(clock.now(), undefined);
  }

  get state(): LinkState {
    const { phase, reason, readback } = this.safety;
    const running = phase === 'ready' && this.episode !== undefined && !this.episode.ending;
    return {
      phase: running ? 'running' : phase,
      reason: running ? `Running${this.vigilance.lateness}.` : reason,
      readback,
      info: { ...this.driver.info },
      counters: this.driver.counters(),
      line: this.driver.line?.() ?? null,
      error: (this.safety.problem ?? this.error)?.toShape() ?? null,
      jitter: this.jitter.summary(),
      ...healthOf(this.driver, this.guard, this.deadMan, this.clock.now()),
    };
  }

  /** Resets the rig and starts an episode. Rejects when the rig is not ready, or was stopped meanwhile. */
  async begin(request: BeginRequest): Promise<void> {
    this.refuseUnlessReady();
    if (request.controller.kind !== 'idle') this.deadMan.require();
    if (this.episode || this.beginning) {
      throw new ForesightError('busy', 'An episode is running.', 'End it first.');
    }
    const beginning = { episode: request.episode, calledOff: false };
    this.beginning = beginning;
    this.manual.drop();
    this.error = null;
    try {
      if (!request.stay) await this.driver.reset(request.resetSeed);
      this.holdAfterStandstill();
    } finally {
      this.beginning = undefined;
    }
    if (beginning.calledOff) {
      const { phase, reason } = this.safety;
      throw phase === 'ready'
        ? new ForesightError('cancelled', 'The episode was ended before it began.', 'Begin another one.')
        : new ForesightError('stopped', `The episode did not begin: ${reason}`, 'Press Resume first.');
    }
    const lockstep = this.driver.mode === 'lockstep';
    const now = this.clock.now();
    this.guard.rest(request.stay && standingAt(this.rig.actions, request.stay));
    this.episode = new Episode(
      this.rig,
      request,
      createController(request.controller, this.rig, now, lockstep ? 0 : 1),
      lockstep,
      this.guard,
    );
    this.vigilance.beginEpisode();
    this.sendState();
    if (lockstep) this.await(this.episode);
    else {
      // One period from now, or up to half a period around that, where the device's observations have just come.
      const first = now + this.rig.periodSeconds;
      const shift = this.arrivals.error(first) ?? 0;
      this.schedule.start(first + shift);
      // The last tick before lies up to a period back, which is not a pause of the loop.
      this.vigilance.mark(shift);
    }
  }

  /** A rig that is on its way to its start is brought to hold: nothing else would end that. */
  end(id: number): void {
    if (this.beginning?.episode === id) {
      if (this.driver.mode === 'lockstep') this.beginning.calledOff = true;
      else this.hold('The episode was ended while the rig went to its start.').catch(() => this.sendState());
    }
    const episode = this.episode;
    if (episode?.id !== id) return;
    episode.finish({ reason: 'asked', message: 'Ended as asked.' });
    if (this.driver.mode === 'lockstep') this.stepInLockstep(episode);
  }

  plan(plan: PlanMessage): void {
    const episode = this.episode;
    if (episode?.id !== plan.episode || !episode.controller.plan) return;
    episode.controller.plan(plan);
    if (this.driver.mode === 'lockstep' && plan.firstStep === episode.step) this.stepInLockstep(episode);
  }

  next(id: number): void {
    const episode = this.episode;
    if (episode?.id === id && this.driver.mode === 'lockstep') this.stepInLockstep(episode);
  }

  /** Idle or jog, outside episodes or within one whose controller is a jog. */
  control(spec: ControllerSpec): void {
    this.refuseUnlessReady();
    if (spec.kind === 'jog' && this.driver.mode === 'lockstep') {
      throw new ForesightError(
        'wrong-use',
        'A simulated rig in lockstep cannot be jogged: it stands still between steps.',
        'Connect to it in real time.',
      );
    }
    if (spec.kind === 'jog' && spec.seconds > 0) this.deadMan.require();
    const now = this.clock.now();
    if (spec.kind === 'idle') {
      if (this.manual.active) this.manual.settle();
      this.episode?.controller.jog?.([], now);
    } else if (spec.kind === 'jog') {
      // On its way to its start nobody else moves it.
      if (this.beginning) return;
      if (this.episode) this.episode.controller.jog?.(spec.action, now + spec.seconds);
      else if (!spec.inEpisode) {
        if (spec.from && !this.manual.active) this.guard.rest(standingAt(this.rig.actions, spec.from));
        this.manual.jog(spec.action, now + spec.seconds, spec.thenHold);
      }
    } else {
      throw new ForesightError('wrong-use', `"${spec.kind}" needs an episode.`, 'Begin one with it.');
    }
  }

  /** `cause` is a sentence; left out where a person asked. */
  hold(cause = ''): Promise<void> {
    const held = this.safety.hold(cause);
    this.interrupt('hold', cause === '' ? 'Hold.' : `Hold: ${cause}`, endedByHold(cause));
    return held;
  }

  release(): Promise<void> {
    const released = this.safety.release();
    this.interrupt('release', 'Release.', { reason: 'held', message: 'Ended by a release.' });
    return released;
  }

  stop(by: string): Promise<void> {
    const stopped = this.safety.stop(by);
    const message = `Emergency stop by ${by}.`;
    this.interrupt('stop', message, { reason: 'stopped', message });
    return stopped;
  }

  /** @param seen how many holds and stops there had been, as whoever asks knew it (`Safety.resume`) */
  resume(seen?: number): Promise<void> {
    this.error = null;
    return this.safety.resume(seen);
  }

  /** Stops ticking; the driver stays with whoever opened it. */
  dispose(): void {
    this.schedule.stop();
    this.reporter.dispose();
    this.deadMan.dispose();
    this.safety.dispose();
    for (const disposable of this.disposables) disposable.dispose();
  }

  private tick(tick: Tick): void {
    const episode = this.episode;
    if (episode) this.jitter.push(tick.latenessSeconds);
    const stoodStill = this.holdAfterStandstill();
    this.vigilance.mark();
    const observation = this.driver.latest();
    // What came during a standstill may not have been read yet: the row that ends the episode is the next tick's.
    if (episode && stoodStill) episode.note('overrun', overrunMessage(tick));
    else if (episode && observation) this.stepInRealTime(episode, tick, observation);
    else this.stepManual(tick, observation);
    const commanded = this.manual.active ? this.guard.previous : undefined;
    if (!this.episode) this.reporter.live(tick.now, commanded, () => this.manual.drainEvents());
    if (this.episode) this.schedule.slew(this.arrivals.slew(tick.deadline));
  }

  private stepInRealTime(episode: Episode, tick: Tick, observation: Observation): void {
    const { step } = episode;
    const concern = this.vigilance.judgeStep(observation, tick, step);
    const events = [...concern.events];
    if (tick.skipped > 0) events.push({ step, kind: 'overrun', message: overrunMessage(tick) });
    if (concern.tooOld && !episode.ending) this.holdByItself(concern.tooOld.message, concern.tooOld);
    // Whoever brought the rig to hold: nothing goes out that was on its way.
    if (this.safety.phase !== 'ready') episode.finish(endedByHold(concern.tooOld?.message ?? ''));
    const { row, action, hold } = episode.takeStep(observation, tick.now, tick.latenessSeconds, events);
    if (hold) this.holdByItself(hold);
    const failed = action && !episode.controller.silent ? attempt(() => this.act(action)) : undefined;
    this.send(row);
    if (row.last) this.finishEpisode(episode);
    else if (concern.begins) this.sendState();
    if (failed) this.fault(failed);
  }

  private stepManual(tick: Tick, observation: Observation | undefined): void {
    const tooOld = this.manual.active && observation ? this.vigilance.judgeJog(observation, tick) : undefined;
    if (tooOld) this.holdByItself(tooOld.message, tooOld);
    if (this.manual.ranOut(tick.now)) this.holdByItself(NO_COMMANDS);
    // On its way to its start the driver leads the rig: it is watched all the same.
    const isMoving = this.manual.active || this.beginning !== undefined;
    const outside = isMoving && observation ? this.guard.judge(observation.values, 0) : undefined;
    if (outside && this.safety.phase === 'ready') this.hold(outside.message).catch(() => this.sendState());
    const isReady = this.safety.phase === 'ready' && observation;
    const action = isReady ? this.manual.step(tick.now, observation.values) : undefined;
    const failed = action && attempt(() => this.act(action));
    if (failed) this.fault(failed);
  }

  /**
   * A loop that stood still for longer than a command lives finds the rig where its device left it, and does not go on
   * from there by itself. True when it stood still while something moved or was about to.
   */
  private holdAfterStandstill(): boolean {
    if (!this.moves) return false;
    const cause = this.vigilance.away();
    if (cause === undefined) return false;
    this.hold(cause).catch(() => this.sendState());
    return true;
  }

  /** Something moves, or is about to. */
  private get moves(): boolean {
    const { episode } = this;
    const isConducted = episode && !episode.ending && !episode.controller.silent;
    return isConducted || this.manual.active || this.beginning !== undefined;
  }

  private holdIfMoving(why: string): void {
    if (this.moves && this.safety.phase === 'ready') this.hold(why).catch(() => this.sendState());
  }

  private act(action: Float64Array): void {
    this.driver.act(action, this.rig.safety.watchdogSeconds);
  }

  private await(episode: Episode): void {
    // Nobody is asked about a row that is the last one anyway.
    if (episode.atEnd) this.stepInLockstep(episode);
    else {
      const latest = this.driver.latest();
      this.send({
        ...{ type: 'awaiting', episode: episode.id, step: episode.step },
        observation: [...(latest?.values ?? [])],
        ...(latest?.pose && { pose: [...latest.pose] }),
      });
    }
  }

  private stepInLockstep(episode: Episode): void {
    const observation = this.driver.latest();
    if (!observation || !this.driver.advance) return;
    const { row, action, hold } = episode.takeStep(observation, this.clock.now(), 0, []);
    if (hold) this.holdByItself(hold);
    const failed = action && attempt(() => this.driver.advance?.(action));
    this.send(row);
    if (row.last) this.finishEpisode(episode);
    else if (failed) this.fault(failed);
    else this.await(episode);
  }

  /** Nobody waits for the answer: what the device confirms, or does not, is in the state. */
  private holdByItself(cause: string, error: ForesightError | null = null): void {
    if (error) this.error = error;
    this.manual.drop();
    this.safety.hold(cause).catch(() => this.sendState());
  }

  /** A person's hold, release or stop: has been sent already; the episode ends with its next row. */
  private interrupt(kind: EpisodeEvent['kind'], message: string, ending: Ending): void {
    if (this.beginning) this.beginning.calledOff = true;
    this.manual.drop();
    this.guard.rest();
    const episode = this.episode;
    if (!episode) return;
    episode.note(kind, message);
    episode.ending = ending;
    if (this.driver.mode === 'lockstep') this.stepInLockstep(episode);
  }

  private finishEpisode(episode: Episode): void {
    this.episode = undefined;
    const { reason, message } = episode.ending ?? { reason: 'asked', message: 'Ended.' };
    const events = episode.drainEvents();
    this.send({ type: 'ended', episode: episode.id, reason, message, rows: episode.step, events });
    if (this.safety.phase !== 'ready') this.guard.rest();
    // Back to the hold action, at the rate that the guard allows.
    else if (this.driver.mode === 'realtime' && !episode.controller.silent) {
      if (episode.controller.stays) this.manual.drop();
      else this.manual.settle();
    }
    this.sendState();
    if (this.driver.mode === 'lockstep') this.reporter.live(this.clock.now(), undefined);
  }

  /** rig-gone ends everything; of other trouble the log and the state tell, and the loop goes on. */
  private fault(error: ForesightError): void {
    this.error = error;
    const episode = this.episode;
    episode?.note('rig-fault', error.message);
    const inLockstep = this.driver.mode === 'lockstep';
    if (endsMotion(error) && !inLockstep && this.safety.phase === 'ready') {
      void this.hold(error.message).catch(() => this.sendState());
    }
    if (error.code === 'rig-gone' || inLockstep) {
      this.episode = undefined;
      this.manual.drop();
      if (this.beginning) this.beginning.calledOff = true;
      if (error.code === 'rig-gone') {
        this.schedule.stop();
        this.safety.lose(error.message);
      }
      if (episode) {
        this.send({
          type: 'ended',
          episode: episode.id,
          reason: 'fault',
          message: error.message,
          rows: episode.step,
          events: episode.drainEvents(),
          error: error.toShape(),
        });
      }
    }
    this.sendState();
  }

  private refuseUnlessReady(): void {
    const { phase, reason } = this.safety;
    if (phase === 'ready') return;
    if (phase === 'lost') throw new ForesightError('rig-gone', reason, 'Connect the rig again.');
    throw new ForesightError('stopped', `The rig does not move now: ${reason}`, 'Press Resume first.');
  }

  private sendState(): void {
    this.send({ type: 'state', state: this.state, halts: this.safety.halts });
  }
}

/** What went wrong, or undefined. */
function attempt(action: () => unknown): ForesightError | undefined {
  try {
    action();
    return undefined;
  } catch (thrown) {
    return asForesightError(thrown);
  }
}
