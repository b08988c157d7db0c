import type { Disposable } from '../../../shared/disposable';
import { ForesightError } from '../../../shared/errors';
import type { Rig } from '../../../shared/rig';
import type { OpenRequest } from '../../control/messages';
import { openRigSession, type RigSession } from '../../control/rig-session';
import type { Host } from '../../processes/port';

/** Without a word for so long, or for its own watchdog time where that is longer, a leader is lost. */
const SILENT_SECONDS = 0.5;

/** An arm that is moved by a person's hand and read; in a rig process of its own, its torque off. */
export class LeaderArm {
  /** Newest, [observations]; null before the first. */
  observation: number[] | null = null;
  /** Why nothing comes of it any more, as a sentence; null while it is there. */
  lost: string | null = null;
  #heard = performance.now();
  readonly #watch: NodeJS.Timeout;
  readonly #subscriptions: Disposable[];
  readonly #listeners = new Set<() => void>();
  readonly #silentSeconds: number;

  private constructor(
    private readonly session: RigSession,
    readonly rig: Rig,
  ) {
    this.#silentSeconds = Math.max(
      SILENT_SECONDS,
      5 * rig.file.periodSeconds,
      rig.file.safety.watchdogSeconds,
    );
    this.#subscriptions = [
      session.onLive((live) => {
        this.observation = live.observation;
        this.#heard = performance.now();
        this.#tell();
      }),
      session.onState((state) => {
        if (state.phase === 'lost') this.#lose(state.reason);
        // Stiff again: whoever moves it by hand would work against its motors.
        else if (state.phase !== 'released') this.#lose(`It is not released any more: ${state.reason}`);
        else this.#tell();
      }),
    ];
    this.#watch = setInterval(() => {
      const silent = (performance.now() - this.#heard) / 1000;
      if (silent > this.#silentSeconds) this.#lose(`It has said nothing for ${silent.toFixed(1)} s.`);
    }, 100);
    this.#watch.unref();
  }

  /**
   * Opens it and takes its torque off, read back.
   * @throws ForesightError what opening it failed with; rig-refused where it does not say that its torque is off
   */
  static async open(
    host: Host,
    request: Pick<OpenRequest, 'rig' | 'workspace'> & { port: string | undefined },
    permit: AbortSignal,
  ): Promise<LeaderArm> {
    const { rig, port, workspace } = request;
    const session = await openRigSession(
      host,
      { rig, mode: 'realtime', seed: 0, ...(port && { port }), ...(workspace && { workspace }) },
      permit,
    );
    try {
      const { readback } = await session.release();
      permit.throwIfAborted();
      if (readback?.torque !== false) {
        throw new ForesightError(
          'rig-refused',
          `The leader "${rig.file.title}" does not say that its torque is off.`,
          'Look at the leader; switch its supply off and on, and connect it again.',
        );
      }
      return new LeaderArm(session, rig);
    } catch (thrown) {
      await session.close();
      throw thrown;
    }
  }

  /** Process id of its rig process. */
  get pid(): number | undefined {
    return this.session.pid;
  }

  get link(): string {
    return this.session.info.link;
  }

  /** As its motors said last; null when they did not answer. */
  get torque(): boolean | null {
    return this.session.state.readback?.torque ?? null;
  }

  /** After every observation, and when it is lost. */
  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#listeners.clear();
    await this.session.close();
  }

  #lose(why: string): void {
    if (this.lost !== null) return;
    this.lost = why;
    clearInterval(this.#watch);
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
