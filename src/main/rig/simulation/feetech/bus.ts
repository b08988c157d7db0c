import {
  BROADCAST_ID,
  encodePacket,
  FeetechDecoder,
  type FeetechPacket,
  INSTRUCTION,
} from '../../drivers/feetech/packets';
import type { ServoModel } from '../../drivers/servo-bus/protocol';
import type { MotorMemory, ServoPlant, SimulatedMotors } from '../servo-bus/device';
import type { GearMotor } from '../servo-bus/gear-motor';
import type { Hand } from '../servo-bus/hand';
import { Shafts } from '../servo-bus/shafts';
import { FeetechMotor } from './motor';

const NOTHING = new Uint8Array(0);

export interface FeetechBusOptions {
  motors: readonly { id: number; model: ServoModel; mechanics: GearMotor }[];
  /** As many shafts, in the same order. */
  plant: ServoPlant;
  /** SCS motors do not know sync read. */
  series: 'STS' | 'SCS';
}

/** Feetech motors on one line, byte for byte. */
export class FeetechBus implements SimulatedMotors {
  readonly motors: readonly FeetechMotor[];
  private readonly decoder = new FeetechDecoder();
  private readonly shafts: Shafts;

  constructor(private readonly options: FeetechBusOptions) {
    this.motors = options.motors.map(({ model, id, mechanics }) => new FeetechMotor(model, id, mechanics));
    this.shafts = new Shafts(this.motors, options.plant);
  }

  receive(bytes: Uint8Array): Uint8Array[] {
    return this.decoder.push(bytes).flatMap((packet) => this.answer(packet));
  }

  step(seconds: number): void {
    this.shafts.step(seconds);
  }

  brownOut(): void {
    for (const motor of this.motors) motor.brownOut();
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
    for (const motor of this.called(id)) motor.overload();
    this.shafts.measure(0);
  }

  dispose(): void {
    this.options.plant.dispose();
  }

  /** All that listen to a number: two motors may have the same one. */
  private called(id: number): FeetechMotor[] {
    return this.motors.filter((motor) => id === BROADCAST_ID || motor.id === id);
  }

  private answer({ id, code, parameters }: FeetechPacket): Uint8Array[] {
    const isToAll = id === BROADCAST_ID;
    const motors = this.called(id);
    const [address = 0, length = 0] = parameters;
    const acknowledge = (act: (motor: FeetechMotor) => void) =>
      motors.flatMap((motor) => {
        act(motor);
        return isToAll || !motor.answersAll ? [] : [status(motor, NOTHING)];
      });
    switch (code) {
      case INSTRUCTION.ping:
        return motors.map((motor) => status(motor, NOTHING));
      case INSTRUCTION.read:
        return isToAll ? [] : motors.map((motor) => status(motor, motor.read(address, length)));
      case INSTRUCTION.write:
        return acknowledge((motor) => motor.write(address, parameters.subarray(1)));
      case INSTRUCTION.regWrite:
        return acknowledge((motor) => motor.writeLater(address, parameters.slice(1)));
      case INSTRUCTION.action:
        return acknowledge((motor) => motor.action());
      case INSTRUCTION.syncRead:
        if (this.options.series === 'SCS') return [];
        return [...parameters.subarray(2)].flatMap((one) =>
          this.called(one).map((motor) => status(motor, motor.read(address, length))),
        );
      case INSTRUCTION.syncWrite:
        this.syncWrite(address, length, parameters.subarray(2));
        return [];
      default:
        // Not known to any manual; real motors are silent.
        return [];
    }
  }

  private syncWrite(address: number, length: number, entries: Uint8Array): void {
    for (let at = 0; at + length < entries.length; at += length + 1) {
      const data = entries.subarray(at + 1, at + 1 + length);
      for (const motor of this.called(entries[at] ?? BROADCAST_ID)) motor.write(address, data);
    }
  }
}

function status(motor: FeetechMotor, parameters: Uint8Array): Uint8Array {
  return encodePacket({ id: motor.id, code: motor.condition, parameters });
}
