import {
  BROADCAST_ID,
  DynamixelDecoder,
  type DynamixelPacket,
  encodeFastStatus,
  encodePacket,
  INSTRUCTION,
} from '../../drivers/dynamixel/packets';
import { HARDWARE_ERROR } from '../../drivers/dynamixel/registers';
import type { ServoModel } from '../../drivers/servo-bus/protocol';
import type { MotorMemory, ServoPlant, SimulatedMotors } from '../servo-bus/device';
import type { Hand } from '../servo-bus/hand';
import { Shafts } from '../servo-bus/shafts';
import { ERROR } from './control-table';
import { type DynamixelMechanics, DynamixelMotor } from './motor';

const NOTHING = new Uint8Array(0);
const ALERT = 0x80;
const CLEAR_TURNS = '0144584c22';

export interface DynamixelBusOptions {
  motors: readonly { id: number; model: ServoModel; mechanics: DynamixelMechanics }[];
  /** As many shafts, in the same order. */
  plant: ServoPlant;
}

/** Dynamixel motors of the X series on one line, byte for byte. */
export class DynamixelBus implements SimulatedMotors {
  readonly motors: readonly DynamixelMotor[];
  private readonly decoder = new DynamixelDecoder();
  private readonly shafts: Shafts;
  /** Registered writes that wait for the action. */
  private readonly pending = new Map<DynamixelMotor, Uint8Array>();

  constructor(private readonly options: DynamixelBusOptions) {
    this.motors = options.motors.map(({ model, id, mechanics }) => new DynamixelMotor(model, id, mechanics));
    this.shafts = new Shafts(this.motors, options.plant);
    this.brownOut();
  }

  receive(bytes: Uint8Array): Uint8Array[] {
    return this.decoder.push(bytes).flatMap((packet) => this.answer(packet));
  }

  step(seconds: number): void {
    this.shafts.step(seconds);
  }

  brownOut(): void {
    for (const motor of this.motors) this.reboot(motor);
  }

  memory(): MotorMemory {
    return this.motors.map((motor) => motor.memoryKept());
  }

  remember(memory: MotorMemory): void {
    this.motors.forEach((motor, i) => {
      motor.remember(memory[i] ?? {});
    });
    this.brownOut();
    this.shafts.measure(0);
  }

  holdBy(hand: Hand): void {
    this.shafts.hand = hand;
  }

  get angles(): ArrayLike<number> {
    return this.options.plant.angles;
  }

  overload(id: number): void {
    for (const motor of this.called(id)) motor.fail(HARDWARE_ERROR.overload);
  }

  dispose(): void {
    this.options.plant.dispose();
  }

  /** Those whose number it is: two motors may have the same one. */
  private called(id: number): DynamixelMotor[] {
    return this.motors.filter((motor) => motor.id === id);
  }

  private answer({ id, instruction, parameters }: DynamixelPacket): Uint8Array[] {
    for (const motor of this.motors) motor.hear();
    const listening = this.motors.filter((motor) => motor.listensTo(id));
    /** Answers of those who were meant, after what each does; nobody answers what all obey. */
    const obeyed = (act: (motor: DynamixelMotor) => number) =>
      listening.flatMap((motor) => {
        const answers = id === motor.id && motor.table.get('response_level') === 2;
        const error = act(motor);
        return answers ? [status(motor, error, NOTHING)] : [];
      });
    const address = word(parameters, 0);
    switch (instruction) {
      case INSTRUCTION.ping:
        return listening
          .filter((motor) => id === BROADCAST_ID || motor.id === id)
          .map((motor) => status(motor, 0, identity(motor)));
      case INSTRUCTION.read:
        return id === BROADCAST_ID ? [] : this.read([{ id, address, length: word(parameters, 2) }]);
      case INSTRUCTION.write:
        return obeyed((motor) => motor.write(address, parameters.subarray(2)));
      case INSTRUCTION.regWrite:
        return obeyed((motor) => {
          this.pending.set(motor, parameters);
          motor.table.put('registered', 1);
          return 0;
        });
      case INSTRUCTION.action:
        return obeyed((motor) => this.action(motor));
      case INSTRUCTION.factoryReset:
        return obeyed((motor) => this.factoryReset(motor, id, parameters[0] ?? 0));
      case INSTRUCTION.reboot:
        return obeyed((motor) => {
          this.reboot(motor);
          return 0;
        });
      case INSTRUCTION.clear:
        return obeyed((motor) =>
          Buffer.from(parameters).toString('hex') === CLEAR_TURNS && motor.clearTurns() ? 0 : ERROR.result,
        );
      case INSTRUCTION.syncRead:
        return this.read(
          [...parameters.subarray(4)].map((one) => ({ id: one, address, length: word(parameters, 2) })),
        );
      case INSTRUCTION.fastSyncRead:
        return this.fastRead([...parameters.subarray(4)], address, word(parameters, 2));
      case INSTRUCTION.syncWrite:
        this.syncWrite(address, word(parameters, 2), parameters.subarray(4));
        return [];
      case INSTRUCTION.bulkRead:
        return this.read(
          chunks(parameters, 5).map((place) => ({
            id: place[0] ?? BROADCAST_ID,
            address: word(place, 1),
            length: word(place, 3),
          })),
        );
      case INSTRUCTION.bulkWrite:
        this.bulkWrite(parameters);
        return [];
      case INSTRUCTION.status:
        return [];
      default:
        return obeyed(() => ERROR.instruction);
    }
  }

  private read(places: readonly { id: number; address: number; length: number }[]): Uint8Array[] {
    return places.flatMap(({ id, address, length }) =>
      this.called(id)
        .filter((motor) => motor.table.get('response_level') > 0)
        .map((motor) => {
          const data = motor.table.read(address, length);
          return data ? status(motor, 0, data) : status(motor, ERROR.access, NOTHING);
        }),
    );
  }

  /** Each waits for the one before it: behind a motor that is silent, all are. */
  private fastRead(ids: readonly number[], address: number, length: number): Uint8Array[] {
    const answers = ids.map((id) => {
      const [motor] = this.called(id);
      const data = motor?.table.read(address, length);
      if (!motor || !data || motor.table.get('response_level') === 0) return undefined;
      return { id, error: motor.alerts ? ALERT : 0, data };
    });
    const silent = answers.indexOf(undefined);
    const packet = encodeFastStatus(
      answers.map((answer) => answer ?? { id: 0, error: 0, data: new Uint8Array(length) }),
    );
    if (silent < 0) return [packet];
    const spoken = silent * (length + 4);
    return spoken === 0 ? [] : [packet.subarray(0, 8 + spoken)];
  }

  private syncWrite(address: number, length: number, entries: Uint8Array): void {
    for (const entry of chunks(entries, length + 1)) this.writeTo(entry[0], address, entry.subarray(1));
  }

  private bulkWrite(entries: Uint8Array): void {
    for (let at = 0; at + 5 <= entries.length; ) {
      const end = at + 5 + word(entries, at + 3);
      if (end > entries.length) return;
      this.writeTo(entries[at], word(entries, at + 1), entries.subarray(at + 5, end));
      at = end;
    }
  }

  private writeTo(id: number | undefined, address: number, data: Uint8Array): void {
    if (id === undefined || id === BROADCAST_ID) return;
    for (const motor of this.motors) if (motor.listensTo(id)) motor.write(address, data);
  }

  private action(motor: DynamixelMotor): number {
    const pending = this.pending.get(motor);
    if (!pending) return ERROR.instruction;
    this.pending.delete(motor);
    motor.table.put('registered', 0);
    return motor.write(word(pending, 0), pending.subarray(2));
  }

  private reboot(motor: DynamixelMotor): void {
    this.pending.delete(motor);
    motor.reboot();
  }

  private factoryReset(motor: DynamixelMotor, id: number, option: number): number {
    const kept: Readonly<Record<number, readonly string[]>> = { 255: [], 1: ['id'], 2: ['id', 'baudCode'] };
    const names = kept[option];
    if (!names || (option === 255 && id === BROADCAST_ID)) return ERROR.range;
    motor.table.deliver((name) => names.includes(name));
    this.reboot(motor);
    return 0;
  }
}

function status(motor: DynamixelMotor, error: number, parameters: Uint8Array): Uint8Array {
  const code = error | (motor.alerts ? ALERT : 0);
  return encodePacket({
    id: motor.id,
    instruction: INSTRUCTION.status,
    parameters: Uint8Array.of(code, ...parameters),
  });
}

/** Model and firmware. */
function identity({ table }: DynamixelMotor): Uint8Array {
  const model = table.get('model');
  return Uint8Array.of(model & 0xff, model >> 8, table.get('firmware'));
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
}

function chunks(bytes: Uint8Array, length: number): Uint8Array[] {
  return Array.from({ length: Math.floor(bytes.length / length) }, (_, i) =>
    bytes.subarray(i * length, (i + 1) * length),
  );
}
