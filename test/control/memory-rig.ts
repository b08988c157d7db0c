import type { Clock } from '../../src/main/control/clock';
import { ControlLoop } from '../../src/main/control/loop';
import type { BeginRequest, FromRig } from '../../src/main/control/messages';
import type { Driver, Observation, Readback } from '../../src/main/rig/driver';
import type { ForesightError } from '../../src/shared/errors';
import { RigFile } from '../../src/shared/rig';

/** A cart on a rail in one number: its position integrates the action. */
export function memoryRigFile(changes: Record<string, unknown> = {}): RigFile {
  return RigFile.parse({
    schema: 'foresight.rig/1',
    name: 'memory',
    title: 'Cart in memory',
    driver: 'mujoco',
    mujoco: { model: 'none.xml' },
    periodSeconds: 0.02,
    observations: [{ name: 'x', unit: 'm', limits: [-5, 5], source: { joint: 'x', quantity: 'position' } }],
    actions: [{ name: 'u', unit: 'N', limits: [-1, 1], actuator: 'u' }],
    task: { name: 'none', reward: '0', maxSteps: 100 },
    scene: { model: 'none.xml', joints: {} },
    ...changes,
  });
}

export interface Sent {
  at: number;
  values: number[];
  ttlSeconds: number;
}

/** A driver in memory whose device answers, lies or keeps silent as a test wants it. */
export class MemoryDriver implements Driver {
  readonly info = { name: 'memory', version: '1', link: 'in memory' };
  plantLimits: Driver['plantLimits'] = [];
  readonly sent: Sent[] = [];
  readonly calls: string[] = [];
  readonly advance?: (values: Float64Array) => Observation;
  x = 0;
  halted = false;
  /** How often its own watchdog has stopped it. */
  expired = 0;
  /** How long its observations are on their way, seconds. */
  delaySeconds = 0;
  torque = true;
  /** Why it has no way to say how it is. */
  unconfirmed: string | undefined;
  /** What the device does with hold, release and resume. */
  answers: 'at once' | 'never' | 'that it is not halted' | 'with an error' = 'at once';
  actError: ForesightError | undefined;
  /** Holds back `reset` until it is called. */
  resetGate: Promise<void> = Promise.resolve();
  private newest: Observation;
  private steps = 0;
  private readonly observers = new Set<(observation: Observation) => void>();
  private readonly faultListeners = new Set<(error: ForesightError) => void>();

  constructor(
    readonly rig: Driver['rig'],
    readonly mode: Driver['mode'],
    private readonly clock: Clock,
  ) {
    this.newest = this.observation();
    if (mode === 'lockstep') {
      this.advance = (values) => {
        this.sent.push({ at: this.clock.now(), values: [...values], ttlSeconds: Number.NaN });
        this.steps += 1;
        this.x += (values[0] ?? Number.NaN) * rig.file.periodSeconds;
        this.newest = this.observation();
        return this.newest;
      };
    }
  }

  /** Real time: one observation comes in now. */
  observe(x = this.x): void {
    this.x = x;
    this.steps += 1;
    this.newest = this.observation();
    for (const observer of this.observers) observer(this.newest);
  }

  fail(error: ForesightError): void {
    for (const listener of this.faultListeners) listener(error);
  }

  latest(): Observation {
    return this.newest;
  }

  onObservation(listener: (observation: Observation) => void) {
    this.observers.add(listener);
    return { dispose: () => void this.observers.delete(listener) };
  }

  onFault(listener: (error: ForesightError) => void) {
    this.faultListeners.add(listener);
    return { dispose: () => void this.faultListeners.delete(listener) };
  }

  act(values: Float64Array, ttlSeconds: number): void {
    if (this.actError) throw this.actError;
    this.sent.push({ at: this.clock.now(), values: [...values], ttlSeconds });
  }

  async reset(seed: number): Promise<Observation> {
    this.calls.push('reset');
    await this.resetGate;
    this.x = seed / 10;
    this.newest = this.observation();
    return this.newest;
  }

  hold(): Promise<Readback> {
    this.calls.push('hold');
    return this.readback(() => {
      this.halted = true;
    });
  }

  release(): Promise<Readback> {
    this.calls.push('release');
    return this.readback(() => {
      this.halted = true;
      this.torque = false;
    });
  }

  resume(): Promise<Readback> {
    this.calls.push('resume');
    return this.readback(() => {
      this.halted = false;
      this.torque = true;
    });
  }

  status(): Promise<Readback> {
    return this.readback(() => {});
  }

  counters(): Record<string, number> {
    return { frames: this.steps, expired: this.expired };
  }

  async close(): Promise<void> {
    this.calls.push('close');
  }

  private observation(): Observation {
    return {
      values: Float64Array.of(this.x),
      deviceSeconds: this.steps * this.rig.file.periodSeconds,
      hostSeconds: this.clock.now(),
      delaySeconds: this.delaySeconds,
    };
  }

  private async readback(apply: () => void): Promise<Readback> {
    if (this.answers === 'never') return new Promise(() => {});
    if (this.answers === 'with an error') throw new Error('the wire is loose');
    if (this.answers === 'at once') apply();
    const { halted, torque, unconfirmed } = this;
    return { halted, torque, applied: Float64Array.of(0), ...(unconfirmed !== undefined && { unconfirmed }) };
  }
}

/** A loop on a driver in memory, with everything it says. */
export function memoryLoop(clock: Clock, mode: Driver['mode'], changes: Record<string, unknown> = {}) {
  const rig = { file: memoryRigFile(changes), folder: '/', builtIn: false };
  const driver = new MemoryDriver(rig, mode, clock);
  const said: FromRig[] = [];
  const loop = new ControlLoop(driver, clock, (message) => said.push(message));
  const of = <T extends FromRig['type']>(type: T) =>
    said.filter((message): message is Extract<FromRig, { type: T }> => message.type === type);
  return { loop, driver, said, of };
}

/** Real time: the device streams an observation every period from now on, `phaseSeconds` after each multiple of it. */
export function stream(clock: Clock, driver: MemoryDriver, periodSeconds = driver.rig.file.periodSeconds) {
  let due = clock.now() + periodSeconds;
  let cancel = () => {};
  const wait = () => {
    cancel = clock.later(
      () => {
        driver.observe(driver.x + 0.001);
        due += periodSeconds;
        wait();
      },
      (due - clock.now()) * 1000,
    );
  };
  wait();
  return { stop: () => cancel() };
}

export function begin(changes: Partial<BeginRequest> = {}): BeginRequest {
  return {
    episode: 1,
    controller: { kind: 'random', seed: 7, holdSteps: 1, amplitude: 1 },
    resetSeed: 1,
    ...changes,
  };
}
