import { readFile } from 'node:fs/promises';
import type { ConnectInput } from '../../shared/contract';
import { ForesightError } from '../../shared/errors';
import type { PortListing, Rig, RigListing } from '../../shared/rig';
import type { LinkState, RigStatus } from '../../shared/telemetry';
import { listPortsApart, openRigSession, probePortApart, type RigSession } from '../control/rig-session';
import type { Host } from '../processes/port';
import { listRigs, loadRig } from '../rig';
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

/** The one rig that is connected, or none. Owns the session with its rig process. */
export class RigDesk {
  #session: RigSession | null = null;
  #rig: Rig | null = null;
  #link: LinkState = CLOSED;
  #liveSince = 0;

  constructor(
    private readonly host: Host,
    private readonly telemetry: Telemetry,
    /** The user's own rigs, a folder each. */
    private readonly rigsFolder: string,
  ) {}

  get status(): RigStatus {
    return {
      connected: this.#session !== null && this.#link.phase !== 'lost',
      rig: this.#rig?.file.name ?? null,
      mode: this.#session?.mode ?? null,
      link: this.#link,
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

  list(): Promise<RigListing[]> {
    return listRigs(this.rigsFolder);
  }

  /** A built-in name, a name in the workspace's own rigs, or a folder. */
  load(nameOrPath: string): Promise<Rig> {
    return loadRig(nameOrPath, this.rigsFolder);
  }

  /** The drawing of a rig: its MJCF text, and which channel drives which joint. */
  async scene(nameOrPath: string): Promise<{ mjcf: string; joints: Record<string, string> }> {
    const { file } = await this.load(nameOrPath);
    const mjcf = await readFile(file.scene.model, 'utf8').catch((cause: unknown) => {
      throw new ForesightError(
        'bad-file',
        `The drawing of ${file.title} cannot be read: ${file.scene.model}`,
        'Correct scene.model in its rig.json, or put the file there.',
        { cause },
      );
    });
    return { mjcf, joints: file.scene.joints };
  }

  async connect(input: ConnectInput): Promise<RigStatus> {
    await this.disconnect();
    const rig = await this.load(input.rig);
    this.#rig = rig;
    this.#set({ ...CLOSED, phase: 'opening', reason: `Connecting to ${rig.file.title}.` });
    try {
      const session = await openRigSession(this.host, {
        rig,
        mode: input.mode,
        port: input.port,
        seed: input.seed,
      });
      this.#session = session;
      this.#liveSince = performance.now();
      session.onState((state) => {
        if (this.#session === session) this.#set(state);
      });
      session.onLive((live) => this.#showLive(live));
      this.#set(session.state);
      session.controller({ kind: 'idle' });
      return this.status;
    } catch (error) {
      this.#rig = null;
      this.#set(CLOSED);
      throw error;
    }
  }

  async disconnect(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    this.#rig = null;
    if (session) await session.close();
    this.#set(CLOSED);
  }

  async hold(): Promise<RigStatus> {
    await this.require().session.hold();
    return this.status;
  }

  async release(): Promise<RigStatus> {
    await this.require().session.release();
    return this.status;
  }

  async resume(): Promise<RigStatus> {
    const { session } = this.require();
    await session.resume();
    session.controller({ kind: 'idle' });
    return this.status;
  }

  async stop(by: string): Promise<RigStatus> {
    // Without a rig there is nothing to stop, and nobody who presses the e-stop wants an error.
    if (this.#session) await this.#session.stop(by);
    return this.status;
  }

  jog(action: number[], seconds: number): void {
    const { session, rig } = this.require();
    if (action.length !== rig.file.actions.length) {
      throw new ForesightError(
        'wrong-use',
        `A jog needs ${rig.file.actions.length} action values, not ${action.length}.`,
        'Give one value for every action channel of the rig.',
      );
    }
    session.controller({ kind: 'jog', action, seconds });
  }

  /** Serial ports; asked of a rig process, so that the core never loads the serial library. */
  async ports(probe: boolean): Promise<PortListing[]> {
    const ports = await listPortsApart(this.host);
    if (!probe) return ports;
    const probed = await Promise.all(ports.map((port) => probePortApart(this.host, port.path)));
    return probed.flat();
  }

  #set(link: LinkState): void {
    this.#link = link;
    this.telemetry.publish({ kind: 'status', status: this.status });
  }

  #showLive(live: { observation: number[]; deviceSeconds: number; applied: number[] }): void {
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
