import {
  BROADCAST_ID,
  encodePacket,
  FeetechDecoder,
  type FeetechPacket,
  INSTRUCTION,
} from '../../drivers/feetech/packets';
import type { ServoModel } from '../../drivers/servo-bus/protocol';
import type { ServoPlant, SimulatedBus } from '../servo-bus/device';
import type { GearMotor } from '../servo-bus/gear-motor';
import { FeetechMotor } from './motor';

/** The control loops of the motors run so often. */
const CONTROL_SECONDS = 0.002;
const NOTHING = new Uint8Array(0);

export interface FeetechBusOptions {
  motors: readonly { id: number; model: ServoModel; mechanics: GearMotor }[];
  /** As many shafts, in the same order. */
  plant: ServoPlant;
  /** SCS motors do not know sync read. */
  series: 'STS' | 'SCS';
}

/** Feetech motors on one line, byte for byte. */
export class FeetechBus implements SimulatedBus {
  readonly motors: readonly FeetechMotor[];
  private readonly decoder = new FeetechDecoder();
  private remaining = 0;

  constructor(private readonly options: FeetechBusOptions) {
    this.motors = options.motors.map(({ model, id, mechanics }) => new FeetechMotor(model, id, mechanics));
    this.measure(0);
  }

  receive(bytes: Uint8Array): Uint8Array[] {
    return this.decoder.push(bytes).flatMap((packet) => this.answer(packet));
  }

  step(seconds: number): void {
    this.remaining += seconds;
    const { plant } = this.options;
    const steps = Math.floor(this.remaining / CONTROL_SECONDS);
    for (let step = 0; step < steps; step++) {
      const torques = this.motors.map((motor, i) =>
        motor.torqueAt(plant.angles[i] ?? 0, plant.velocities[i] ?? 0, CONTROL_SECONDS),
      );
      plant.step(torques, CONTROL_SECONDS);
    }
    this.remaining -= steps * CONTROL_SECONDS;
    if (steps > 0) this.measure(steps * CONTROL_SECONDS);
  }

  brownOut(): void {
    for (const motor of this.motors) motor.brownOut();
  }

  overload(id: number): void {
    for (const motor of this.called(id)) motor.overload();
    this.measure(0);
  }

  dispose(): void {
    this.options.plant.dispose();
  }

  private measure(seconds: number): void {
    const { angles, velocities } = this.options.plant;
    this.motors.forEach((motor, i) => {
      motor.measure(angles[i] ?? 0, velocities[i] ?? 0, seconds);
    });
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
