import type {
  CalibratedDevice,
  Calibration,
  CalibrationAct,
  CalibrationInForce,
  CalibrationProgress,
} from '../../../../../shared/calibration';
import { deviceWords } from '../../../../../shared/calibration';
import type { Disposable } from '../../../../../shared/disposable';
import { asForesightError, ForesightError } from '../../../../../shared/errors';
import type { Rig } from '../../../../../shared/rig';
import { hostSeconds } from '../../../clock';
import type { SimulatedHand } from '../../../driver';
import { Listeners } from '../../../listeners';
import type { ServoBus } from '../bus';
import type { BusMotor } from '../motors';
import { decodeRegister } from '../registers';
import { CalibratedJoint } from './joint';
import { limitsOf } from './solve';
import type { CalibrationStore } from './store';
import { compareMotors, writeMotors } from './write-motors';

export interface CalibratorOptions {
  rig: Rig;
  bus: ServoBus;
  motors: readonly BusMotor[];
  device: CalibratedDevice;
  /** Left out where nothing can be kept. */
  store?: CalibrationStore | undefined;
  /** Of simulated motors. */
  hand?: SimulatedHand | undefined;
  /** What speaks against every motor's torque being off, by its own word; undefined where nothing does. */
  torqueDoubt(): Promise<string | undefined>;
}

/** Progress is told so often. */
const TOLD_SECONDS = 0.06;

const SWEEP_WORDS = {
  message: 'Torque is off, read back from every motor: the arm is held by nothing but your hand.',
  next: 'Move every joint from one of its stops to the other, one after the other. Then put the arm into its home pose.',
};

/**
 * The calibration of a rig's motors: first a person moves every joint through its whole range, then puts the arm into its home
 * pose. Nothing is written before it is confirmed, and the calibration that was in force stays so until every motor has
 * said that it has the new one.
 */
export class Calibrator {
  private readonly told = new Listeners<CalibrationProgress>();
  private joints: CalibratedJoint[] = [];
  private stage: CalibrationProgress['stage'] = 'ended';
  private words = { message: '', next: '' };
  private written: number | null = null;
  private toldAt = 0;
  private current: Calibration | undefined;
  private mismatch: string | null = null;
  /** Raised to keep what is being written from going on: motors may exert torque from now on. */
  private interrupted = false;

  constructor(private readonly options: CalibratorOptions) {}

  get inForce(): CalibrationInForce {
    const { version = null, madeAt = null } = this.current ?? {};
    return { device: this.options.device, version, madeAt, mismatch: this.mismatch };
  }

  /** At connecting: the calibration that is in force is used from now on, and compared with what the motors say. */
  async load(): Promise<void> {
    const { store, device } = this.options;
    try {
      this.current = await store?.inForce(device);
    } catch (thrown) {
      this.mismatch = asForesightError(thrown).message;
      return;
    }
    await this.apply();
  }

  /** @throws rig-refused where the rig must not be moved */
  requireMovable(): void {
    if (this.isUnderWay) {
      throw new ForesightError(
        'rig-refused',
        'The rig is being calibrated, and a hand is at its joints.',
        'Finish the calibration or cancel it, then press Resume.',
      );
    }
    if (this.mismatch === null) return;
    throw new ForesightError(
      'rig-refused',
      this.mismatch,
      'Release the rig, then write this version to the motors again, choose another one, or calibrate anew (docs/calibration.md).',
    );
  }

  onProgress(listener: (progress: CalibrationProgress) => void): Disposable {
    return this.told.add(listener);
  }

  /** A reading of the motor at `place`, counts. */
  see(place: number, counts: number): void {
    if (this.stage === 'sweep' || this.stage === 'review') this.joints[place]?.take(counts, hostSeconds());
  }

  /** After every control period. */
  tick(): void {
    if (this.isUnderWay && hostSeconds() - this.toldAt >= TOLD_SECONDS) this.tell();
  }

  async act(act: CalibrationAct): Promise<void> {
    switch (act.act) {
      case 'begin':
        return this.begin();
      case 'again':
        this.require('sweep', 'review');
        for (const joint of this.joints) {
          if (act.joint === undefined || act.joint === joint.motor.name) joint.again();
          else joint.forget();
        }
        return this.say('sweep', SWEEP_WORDS);
      case 'reverse': {
        this.require('sweep', 'review');
        const joint = this.joints.find(({ motor }) => motor.name === act.joint);
        if (joint) joint.reversed = !joint.reversed;
        for (const one of this.joints) one.forget();
        return this.say('sweep', SWEEP_WORDS);
      }
      case 'home':
        this.require('sweep', 'review');
        for (const joint of this.joints) joint.home();
        return this.review();
      case 'write':
        return this.write(act.note);
      case 'use':
        return this.use(act.version);
      case 'cancel':
        return this.end('The calibration was cancelled; nothing was written.');
      case 'hand':
        return this.hand(act.does);
    }
  }

  /** The rig is brought to hold, or is gone. `why` is a sentence. */
  interrupt(why: string): void {
    this.interrupted = true;
    if (this.stage === 'sweep' || this.stage === 'review') {
      this.end(`The calibration has ended, and nothing was written: ${why}`);
    }
  }

  dispose(): void {
    this.told.clear();
  }

  private get isUnderWay(): boolean {
    return this.stage === 'sweep' || this.stage === 'review' || this.stage === 'writing';
  }

  private async begin(): Promise<void> {
    if (this.stage === 'writing') throw busy();
    await this.requireFree();
    const { bus, motors } = this.options;
    const before = await compareMotors(bus, motors);
    const now = hostSeconds();
    const joints: CalibratedJoint[] = [];
    for (const [i, motor] of motors.entries()) {
      const found = before[i];
      if (!found) {
        throw new ForesightError(
          'rig-silent',
          `${motor.called} on ${bus.transport.description} does not answer.`,
          'Check its plugs and the power supply, then begin again.',
        );
      }
      joints.push(new CalibratedJoint(motor, found, await isBounded(bus, motor), now));
    }
    this.joints = joints;
    this.written = null;
    this.interrupted = false;
    this.say('sweep', SWEEP_WORDS);
  }

  private review(): void {
    const blocked = this.joints.filter(({ solved }) => solved?.motor === undefined || blocks(solved));
    this.say('review', {
      message:
        blocked.length === 0
          ? 'This is what would be written. Nothing has been written yet.'
          : `Nothing can be written: ${blocked.map(({ motor }) => motor.called).join(', ')} ${blocked.length === 1 ? 'is' : 'are'} not as it must be.`,
      next:
        blocked.length === 0
          ? 'Look whether the drawing stands and moves as the arm does, then confirm.'
          : 'See what is said of each joint; move it again, then take the home pose again.',
    });
  }

  private async write(note: string): Promise<void> {
    this.require('review');
    const { store, rig, device } = this.options;
    if (!store) throw nowhere();
    const motors = this.joints.map(({ motor, solved }) => {
      if (solved?.motor && !blocks(solved)) return [motor.name, solved.motor] as const;
      throw new ForesightError(
        'wrong-use',
        `Nothing was written: ${motor.called} is not calibrated. ${solved?.findings.find(({ weight }) => weight === 'blocks')?.message ?? ''}`.trim(),
        'Put that right, then take the home pose again.',
      );
    });
    await this.requireFree();
    const saved = await store.add({
      ...{ rig: rig.file.name, driver: rig.file.driver as Calibration['driver'], device },
      ...{ madeAt: new Date().toISOString(), origin: 'swept', note, motors: Object.fromEntries(motors) },
    });
    await this.toMotors(saved);
  }

  private async use(version: number): Promise<void> {
    if (this.isUnderWay) throw busy();
    const { store, device } = this.options;
    if (!store) throw nowhere();
    const chosen = await store.version(device, version);
    await this.requireFree();
    await this.toMotors(chosen);
  }

  /** Written, read back, and only then in force. */
  private async toMotors(calibration: Calibration): Promise<void> {
    const { store, bus, motors, device } = this.options;
    this.interrupted = false;
    const words = `Version ${calibration.version} is being written to the motors.`;
    this.say('writing', { message: words, next: 'Leave the cable and the power as they are.' });
    try {
      const readBack = await writeMotors(bus, motors, calibration, () => !this.interrupted);
      await store?.putInForce(device, calibration.version);
      this.current = calibration;
      await this.apply();
      this.joints.forEach((joint, i) => {
        joint.readBack = readBack[i] ?? null;
      });
    } catch (thrown) {
      const error = asForesightError(thrown);
      // What the motors hold by now is not known without asking them.
      await this.apply().catch(() => undefined);
      this.say('ended', { message: error.message, next: error.next });
      throw error;
    }
    this.written = calibration.version;
    this.say('done', {
      message: `Version ${calibration.version} is in force: every motor has said that it has it.`,
      next: 'Let the arm stand safely, then press Resume.',
    });
    void this.options.hand?.ask('nothing');
  }

  private end(message: string): void {
    if (this.stage === 'writing') throw busy();
    const was = this.isUnderWay;
    void this.options.hand?.ask('nothing');
    this.joints = [];
    this.takeCurrent();
    if (was) this.say('ended', { message, next: 'What was in force before still is.' });
  }

  private hand(does: 'sweep' | 'home' | 'nothing'): void {
    const { hand } = this.options;
    if (!hand) {
      throw new ForesightError(
        'wrong-use',
        'Only simulated motors have a simulated hand.',
        'Move the arm with your own.',
      );
    }
    hand.ask(does);
  }

  /** By the calibration in force, and whether the motors agree. */
  private async apply(): Promise<void> {
    const { bus, motors, device } = this.options;
    this.takeCurrent();
    this.mismatch = null;
    const { current } = this;
    if (!current) return;
    const where = `version ${current.version} of the calibration of ${deviceWords(device)}`;
    const found = await compareMotors(bus, motors, current);
    const wrong = found.flatMap((one, i) =>
      one === undefined
        ? [`${motors[i]?.called} does not answer`]
        : one.differs.length > 0
          ? [`${motors[i]?.called} has ${one.differs.join(', ')}`]
          : [],
    );
    if (wrong.length === 0) return;
    this.mismatch = `The motors do not hold ${where}: ${wrong.join('; ')}. They were reset, exchanged or written by another program, so where the joints are is not known, and the rig is not moved.`;
  }

  private takeCurrent(): void {
    for (const motor of this.options.motors) {
      const calibrated = this.current?.motors[motor.name];
      motor.use(
        calibrated && {
          motor: calibrated,
          limits: limitsOf(motor, calibrated, this.current?.origin === 'swept'),
        },
      );
    }
  }

  private async requireFree(): Promise<void> {
    const doubt = await this.options.torqueDoubt();
    if (doubt === undefined) return;
    throw new ForesightError(
      'wrong-use',
      `The rig cannot be calibrated now: ${doubt}.`,
      'Support the arm with your hand, press Release, and begin when it has confirmed.',
    );
  }

  private require(...stages: CalibrationProgress['stage'][]): void {
    if (stages.includes(this.stage)) return;
    throw new ForesightError(
      'wrong-use',
      'No calibration is at the point where this could be done.',
      'Begin one: release the rig, then calibrate.',
    );
  }

  private say(stage: CalibrationProgress['stage'], words: { message: string; next: string }): void {
    this.stage = stage;
    this.words = words;
    this.tell();
  }

  private tell(): void {
    const now = hostSeconds();
    this.toldAt = now;
    this.told.emit({
      stage: this.stage,
      device: this.options.device,
      joints: this.joints.map((joint) =>
        joint.progress(now, this.stage === 'sweep' || this.stage === 'review'),
      ),
      version: this.written,
      ...this.words,
      hand: this.options.hand ? { doing: this.options.hand.doing } : null,
    });
  }
}

const blocks = ({ findings }: { findings: readonly { weight: string }[] }): boolean =>
  findings.some(({ weight }) => weight === 'blocks');

async function isBounded(bus: ServoBus, { id, model }: BusMotor): Promise<boolean> {
  if (!model.modes) return false;
  const { register, bounded } = model.modes;
  const answer = await bus.read(id, register.address, register.size);
  return answer !== undefined && decodeRegister(register, answer.parameters, model.byteOrder) === bounded;
}

function busy(): ForesightError {
  return new ForesightError('busy', 'A calibration is under way.', 'Finish or cancel it first.');
}

function nowhere(): ForesightError {
  return new ForesightError(
    'unavailable',
    'There is no workspace to keep a calibration in.',
    'Connect the rig from the window, or by "foresight rig calibrate".',
  );
}
