import { setTimeout as pause } from 'node:timers/promises';
import type { CalibrationAct } from '../../shared/calibration';
import type { ConnectInput } from '../../shared/contract';
import type { Disposable } from '../../shared/disposable';
import type { Scene } from '../../shared/drawing';
import { asForesightError, ForesightError } from '../../shared/errors';
import { standingAction } from '../../shared/joint-goals';
import type { PortListing } from '../../shared/ports';
import type { Rig, RigListing } from '../../shared/rig';
import type { FoundMotor, MotorSearch, MotorSetUp } from '../../shared/servos';
import type { LinkState, RigStatus } from '../../shared/telemetry';
import { type CompiledWorkspace, compileWorkspace } from '../control/limits/workspace';
import type { LiveMessage } from '../control/messages';
import { PortWatch, scanMotorsApart, setUpMotorApart } from '../control/ports-apart';
import { openRigSession, type RigSession } from '../control/rig-session';
import { RigInspector } from '../inspection/inspector';
import type { Host } from '../processes/port';
import { loadRig } from '../rig';
import { RigCameras } from './cameras/rig-cameras';
import type { Client } from './clients';
import type { KnownDevices } from './known-devices';
import { type Motion, stopped } from './motion';
import type { Notices } from './notices';
import { RigReturn } from './rig-return';
import type { Telemetry } from './telemetry';

const CLOSED: LinkState = {
  phase: 'closed',
  reason: 'No rig is connected.',
  readback: null,
  info: null,
  counters: {},
  error: null,
  jitter: null,
};

/** Phases in which a rig does not move. */
const RESTING: ReadonlySet<LinkState['phase']> = new Set(['held', 'released', 'stopped', 'lost']);
const CAME_BACK = 'it was lost and has come back, and nobody has confirmed its pose.';
/** How long what goes on may take to come to its end before the rig is closed regardless. */
const REST_GRACE_MS = 1000;

/**
 * The one rig that is connected, or none. Owns the session with its rig process. Whatever brings the rig to rest also takes
 * the permits (motion.ts) of all that was begun before: of a rig that is being connected as well.
 */
export class RigDesk {
  #session: RigSession | null = null;
  /** One that is being left, and may still have to be stopped. */
  #leaving: RigSession | null = null;
  /** A rig that is being connected; resolved, never rejected, when it is or is not. */
  #connecting: Promise<void> | null = null;
  /** Resolves when nothing uses the rig any more. */
  #atRest: () => Promise<void> = () => Promise.resolve();
  #rig: Rig | null = null;
  #cameras: RigCameras | null = null;
  #link: LinkState = CLOSED;
  #liveSince = 0;
  #newest: number[] | null = null;
  readonly #inspector: RigInspector;
  #jogging: Disposable | null = null;
  readonly #ports: PortWatch;
  readonly #return: RigReturn;
  #calibrating: Disposable | null = null;

  constructor(
    private readonly host: Host,
    private readonly telemetry: Telemetry,
    private readonly motion: Motion,
    /** The user's own rigs, a folder each. */
    private readonly rigsFolder: string,
    private readonly devices: KnownDevices,
    private readonly notices: Pick<Notices, 'add'>,
    /** The workspace. */
    private readonly dataFolder: string,
  ) {
    this.#inspector = new RigInspector(host, rigsFolder);
    this.#ports = new PortWatch(host);
    this.#return = new RigReturn(this.#ports, () => this.#set(this.#link));
  }

  get status(): RigStatus {
    return {
      connected: this.#session !== null && this.#link.phase !== 'lost',
      rig: this.#rig?.file.name ?? null,
      mode: this.#session?.mode ?? null,
      link: this.#link,
      back: this.#return.back,
      check: this.#return.check,
    };
  }

  /** The connected rig, or a sentence that says to connect one. */
  require(): { session: RigSession; rig: Rig } {
    if (!this.#session || !this.#rig) {
      throw new ForesightError('not-found', 'No rig is connected.', 'Connect a rig first, in the room Rig.');
    }
    if (this.#link.phase === 'lost') {
      throw new ForesightError(
        'rig-gone',
        `The rig is gone: ${this.#link.reason}`,
        'Connect it again, in the room Rig.',
      );
    }
    return { session: this.#session, rig: this.#rig };
  }

  /** What the connected rig observed last, [observations]; null before the first. */
  get newest(): number[] | null {
    return this.#session ? this.#newest : null;
  }

  /** Those of the connected rig, null where it has none. */
  get cameras(): RigCameras | null {
    return this.#cameras;
  }

  /** @throws ForesightError not-found: no rig with cameras is connected */
  requireCameras(): RigCameras {
    if (this.#cameras) return this.#cameras;
    throw new ForesightError(
      'not-found',
      'No rig with cameras is connected.',
      'Connect one, in the room Rig.',
    );
  }

  /** @throws ForesightError `stopped` while the rig is on hold, released or stopped */
  requireReady(): void {
    const { phase, reason } = this.require().session.state;
    if (RESTING.has(phase)) throw stopped(`The rig does not move now: ${reason}`, 'Press Resume first.');
  }

  list(): Promise<RigListing[]> {
    return this.#inspector.list();
  }

  /** A built-in name, a name in the workspace's own rigs, or a folder. */
  load(nameOrPath: string): Promise<Rig> {
    return loadRig(nameOrPath, this.rigsFolder);
  }

  /** The drawing of a rig, and which channel drives which joint. */
  scene(nameOrPath: string): Promise<Scene> {
    return this.#inspector.scene(nameOrPath);
  }

  /** Whoever uses the rig says how to wait for it to be done. */
  waitsFor(atRest: () => Promise<void>): void {
    this.#atRest = atRest;
  }

  /** The right to move the rig, for what begins now. @throws ForesightError `stopped` once the program is being ended */
  permit(): AbortSignal {
    return this.motion.permit();
  }

  /** @throws ForesightError `stopped` when a stop, or anything else that takes the permit, came before the rig was there */
  async connect(input: ConnectInput): Promise<RigStatus> {
    // Nothing is disconnected for a connection that may not be.
    this.permit();
    const left = this.disconnect();
    const permit = this.permit();
    const connected = left.then(() => this.#open(input, permit));
    const over = connected.then(
      () => undefined,
      () => undefined,
    );
    this.#connecting = over;
    try {
      return await connected;
    } finally {
      if (this.#connecting === over) this.#connecting = null;
    }
  }

  async #open(input: ConnectInput, permit: AbortSignal): Promise<RigStatus> {
    try {
      permit.throwIfAborted();
      const rig = await this.load(input.rig);
      permit.throwIfAborted();
      this.#rig = rig;
      this.#set({ ...CLOSED, phase: 'opening', reason: `Connecting to ${rig.file.title}.` });
      this.#cameras = rig.file.cameras.length > 0 ? await RigCameras.open(rig) : null;
      const { name } = rig.file;
      const known = await this.devices.of(name);
      const workspace = await this.workspaceOf(rig);
      const { mode, port, seed } = input;
      const onHold = this.#return.isReturn(name) ? CAME_BACK : undefined;
      const request = { rig, mode, port, seed, known, workspace, onHold, dataFolder: this.dataFolder };
      const session = await openRigSession(this.host, request, permit);
      if (permit.aborted) await session.close();
      permit.throwIfAborted();
      this.#session = session;
      const { device, remark, address } = session.info;
      this.#cameras?.reach(address);
      if (device) await this.devices.remember(name, device);
      if (remark) this.notices.add('warning', remark, 'Look at the robot before it moves.');
    } catch (thrown) {
      this.#rig = null;
      await this.#closeCameras();
      const why = permit.aborted
        ? `Not connected: ${asForesightError(permit.reason).message}`
        : CLOSED.reason;
      this.#set({ ...CLOSED, reason: why });
      throw thrown;
    }
    const session = this.#session;
    this.#follow(session);
    if (this.#return.isReturn(session.rig.file.name)) await this.#welcome(session);
    this.#return.follow(session);
    if (!this.#return.check) session.controller({ kind: 'idle' });
    return this.status;
  }

  /** What the rig process needs of the drawn model, which it does not read itself. @throws bad-file for names that it lacks */
  async workspaceOf({ file, folder }: Rig): Promise<CompiledWorkspace | undefined> {
    const limits = file.safety.workspace;
    if (!limits) return undefined;
    const { workspace, problems } = compileWorkspace(await this.scene(folder), limits, file);
    if (problems.length === 0) return workspace;
    throw new ForesightError(
      'bad-file',
      `The workspace of "${file.name}" cannot be kept: ${problems.join('; ')}.`,
      'Correct safety.workspace in rig.json (docs/rigs.md).',
    );
  }

  /** What was lost and is back stays on hold until a person has looked; what is simulated begins anew. */
  async #welcome(session: RigSession): Promise<void> {
    // Whether it is confirmed is in the state; here the rig's answer is waited for.
    await session.hold(CAME_BACK).catch(() => undefined);
    if (await this.#return.compare(session, session.rig)) return;
    this.#return.forget();
    await session.resume();
  }

  #follow(session: RigSession): void {
    this.#liveSince = performance.now();
    session.onState((state) => {
      if (this.#session !== session) return;
      // Also what the rig process did by itself, or was told past us: what is on its way to it comes too late.
      if (RESTING.has(state.phase) && !RESTING.has(this.#link.phase)) this.motion.rest(stopped(state.reason));
      if (state.phase === 'lost' && this.#link.phase !== 'lost') this.#return.lose(session);
      this.#set(state);
    });
    this.#newest = null;
    session.onLive((live) => {
      if (this.#session === session) this.#newest = live.observation;
      this.#showLive(live);
    });
    session.onTick(({ observation }) => {
      if (this.#session === session) this.#newest = observation;
    });
    session.onCalibrating((calibrating) => this.telemetry.publish({ kind: 'calibrating', calibrating }));
    this.#set(session.state);
  }

  /** What is going on ends, the rig holds, and its process ends. */
  async disconnect(): Promise<void> {
    const session = this.#session;
    const connecting = this.#connecting;
    this.#session = null;
    this.#rig = null;
    this.#return.left();
    this.#calibrating?.dispose();
    this.telemetry.publish({ kind: 'calibrating', calibrating: null });
    this.motion.rest(stopped('The rig was disconnected.', 'Connect it again, in the room Rig.'));
    await connecting;
    if (session) {
      this.#leaving = session;
      await Promise.race([this.#atRest(), pause(REST_GRACE_MS, undefined, { ref: false })]);
      const last = await session.close();
      await this.#closeCameras();
      this.#leaving = null;
      const doubt = last.readback?.halted ? '' : ` ${last.reason}`;
      this.#set({ ...CLOSED, reason: `${CLOSED.reason}${doubt}` });
    } else this.#set(CLOSED);
  }

  async #closeCameras(): Promise<void> {
    const cameras = this.#cameras;
    this.#cameras = null;
    await cameras?.close();
  }

  /** Ends the process that reads rigs; the connection is `disconnect`'s. */
  close(): Promise<void> {
    this.#return.close();
    this.#ports.close();
    return this.#inspector.close();
  }

  /** @param cause a sentence, for the log; left out where a person asked */
  async hold(cause?: string): Promise<RigStatus> {
    await this.#bring(
      (session) => session.hold(cause),
      stopped(cause ? `Ended by a hold: ${cause}` : 'A hold was asked for.'),
    );
    return this.status;
  }

  async release(): Promise<RigStatus> {
    await this.#bring((session) => session.release(), stopped('A release was asked for.'));
    return this.status;
  }

  async resume(): Promise<RigStatus> {
    const { session } = this.require();
    this.#return.requireConfirmed();
    const permit = this.permit();
    await session.resume();
    if (!permit.aborted) session.controller({ kind: 'idle' });
    return this.status;
  }

  /** A person has compared the robot with what was seen of it last: it may move again. */
  async confirmPose(check: number): Promise<RigStatus> {
    this.require();
    this.#return.confirm(check);
    return this.resume();
  }

  async stop(by: string): Promise<RigStatus> {
    // Without a rig there is nothing to stop, and nobody who presses the e-stop wants an error.
    await this.#bring(
      (session) => session.stop(by),
      stopped(`Emergency stop by ${by}.`),
      () => undefined,
    );
    return this.status;
  }

  /** The rig first; what else has to end can wait. A rig that is being connected is let go of again. */
  async #bring(
    way: (session: RigSession) => Promise<unknown>,
    why: ForesightError,
    otherwise: () => unknown = () => this.require(),
  ): Promise<void> {
    const session = this.#session ?? this.#leaving;
    const done = session ? way(session) : (this.#connecting ?? otherwise());
    this.motion.rest(why);
    await done;
  }

  /** Ends with the client that asked for it. @param how.thenHold as of the rig process's (control/messages.ts) */
  jog(
    action: number[],
    seconds: number,
    how: { client?: Client | undefined; thenHold?: boolean; inEpisode?: boolean } = {},
  ): void {
    const { client, thenHold = false, inEpisode = false } = how;
    const { session, rig } = this.require();
    if (action.length !== rig.file.actions.length) {
      throw new ForesightError(
        'wrong-use',
        `A jog needs ${rig.file.actions.length} action values, not ${action.length}.`,
        'Give one value for every action channel of the rig.',
      );
    }
    session.controller({
      ...{ kind: 'jog', action, seconds },
      ...(thenHold && { thenHold, inEpisode, from: standingAction(rig.file, this.#newest ?? []) }),
    });
    this.#jogging?.dispose();
    if (!client || seconds === 0) return;
    const watch = client.watch((why) => void this.hold(`${why}.`).catch(() => undefined));
    // Then it has ended by itself.
    const over = setTimeout(() => watch.dispose(), seconds * 1000);
    this.#jogging = {
      dispose: () => {
        clearTimeout(over);
        watch.dispose();
      },
    };
  }

  /** A step of a calibration. One that a client has begun ends, with nothing written, when that client is missed. */
  async calibrate(act: CalibrationAct, client?: Client): Promise<void> {
    const { session } = this.require();
    await session.calibrate(act);
    // Which version is in force by now, without waiting for the next word of the rig process.
    if (this.#session === session) this.#set(session.state);
    if (act.act !== 'begin') return;
    this.#calibrating?.dispose();
    const leaving = client?.onLeave(() => void session.calibrate({ act: 'cancel' }).catch(() => undefined));
    this.#calibrating = leaving ?? null;
  }

  /** The dead-man key of whoever watches. Without a rig there is nothing that it could keep still. */
  deadMan(key: { wanted?: boolean | undefined; held?: boolean | undefined }): void {
    this.#session?.deadMan(key);
  }

  /** Serial ports; asked of a rig process, so that the core never loads the serial library. */
  ports(probe: boolean): Promise<PortListing[]> {
    return this.#ports.show(probe, this.#session?.pid);
  }

  /** @throws busy while a rig is connected: its line is in use */
  scanMotors(port: string, search: MotorSearch): Promise<FoundMotor[]> {
    this.#requireNone();
    return scanMotorsApart(this.host, port, search);
  }

  /** As `scanMotors`; the motor as it is afterwards. */
  async setUpMotor(port: string, setUp: MotorSetUp): Promise<FoundMotor[]> {
    this.#requireNone();
    return setUpMotorApart(this.host, port, setUp);
  }

  #requireNone(): void {
    if (!this.#session && !this.#connecting) return;
    throw new ForesightError(
      'busy',
      `"${this.#rig?.file.title ?? 'A rig'}" is connected, and its line may be this one.`,
      'Disconnect it first.',
    );
  }

  #set(link: LinkState): void {
    this.#link = link;
    this.telemetry.publish({ kind: 'status', status: this.status });
  }

  #showLive(live: LiveMessage): void {
    if (live.events?.length) this.telemetry.publish({ kind: 'events', events: live.events });
    if (live.pose) this.#cameras?.stands(live.pose);
    this.telemetry.publish({
      kind: 'sample',
      sample: {
        seconds: (performance.now() - this.#liveSince) / 1000,
        episode: null,
        step: 0,
        observation: live.observation,
        action: live.applied,
        reward: null,
        latenessMs: null,
        planMs: null,
        missed: false,
      },
    });
  }
}
