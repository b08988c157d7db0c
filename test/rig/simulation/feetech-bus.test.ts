import { describe, expect, it } from 'vitest';
import {
  encodePacket,
  FeetechDecoder,
  type FeetechPacket,
  INSTRUCTION,
} from '../../../src/main/rig/drivers/feetech/packets';
import { feetechProtocol } from '../../../src/main/rig/drivers/feetech/protocol';
import { homingOffset, SCS0009, STS3215 } from '../../../src/main/rig/drivers/feetech/registers';
import type { ServoModel } from '../../../src/main/rig/drivers/servo-bus/protocol';
import { decodeRegister, encodeRegister } from '../../../src/main/rig/drivers/servo-bus/registers';
import { FeetechBus } from '../../../src/main/rig/simulation/feetech/bus';
import { FreeJoints } from '../../../src/main/rig/simulation/servo-bus/joints';

const sts = feetechProtocol('STS');
const hex = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString('hex')
    .toUpperCase()
    .replace(/(..)(?!$)/g, '$1 ');

/** Motors 1 to 3 whose flywheels stand at the middle. */
function openBus(model: ServoModel = STS3215, series: 'STS' | 'SCS' = 'STS') {
  const plant = new FreeJoints(
    [1, 2, 3].map(() => ({ inertia: 0.02, damping: 0.05, range: [-2.5, 2.5] as const, start: 0 })),
  );
  const mechanics = { stallTorque: 2.9, noLoadSpeed: 5.2, stallCurrent: 2.7 };
  const bus = new FeetechBus({ motors: [1, 2, 3].map((id) => ({ id, model, mechanics })), plant, series });
  const ask = (bytes: Uint8Array): FeetechPacket[] =>
    bus.receive(bytes).flatMap((answer) => new FeetechDecoder().push(answer));
  const register = (name: string) => {
    const found = model.registers[name];
    if (!found) throw new Error(`${model.name} has no ${name}`);
    return found;
  };
  return {
    bus,
    plant,
    ask,
    get: (id: number, name: string) => {
      const one = register(name);
      const [answer] = ask(sts.read(id, one.address, one.size));
      return answer && decodeRegister(one, answer.parameters, model.byteOrder);
    },
    set: (id: number, name: string, value: number) => {
      const one = register(name);
      return ask(sts.write(id, one.address, encodeRegister(one, value, model.byteOrder)));
    },
  };
}

describe('simulated Feetech motors', () => {
  it('answer a ping and a read byte for byte', () => {
    const { bus } = openBus();
    expect(bus.receive(sts.ping(1)).map(hex)).toEqual(['FF FF 01 02 00 FC']);
    expect(bus.receive(sts.read(2, 3, 2)).map(hex)).toEqual(['FF FF 02 04 00 09 03 ED']);
    expect(bus.receive(sts.read(1, 56, 2)).map(hex)).toEqual(['FF FF 01 04 00 00 08 F2']);
    expect(bus.receive(sts.ping(9))).toEqual([]);
  });

  it('answer a sync read in the order asked for, and a sync write not at all', () => {
    const { ask } = openBus();
    expect(ask(sts.syncRead!([3, 1], 56, 15)).map(({ id, parameters }) => [id, parameters.length])).toEqual([
      [3, 15],
      [1, 15],
    ]);
    expect(ask(sts.syncWrite(40, 1, [{ id: 1, data: Uint8Array.of(1) }]))).toEqual([]);
  });

  it('move to their goals, and stay there', () => {
    const { bus, plant, get, set } = openBus();
    set(2, 'goal', 2048 + 512);
    bus.step(1);
    expect(plant.angles[1]).toBe(0);
    set(2, 'torque', 1);
    bus.step(0.1);
    expect(get(2, 'moving')).toBe(1);
    expect(get(2, 'velocity')).toBeGreaterThan(500);
    expect(get(2, 'load')).toBeGreaterThan(0);
    bus.step(2);
    expect(Math.abs(get(2, 'position')! - 2560)).toBeLessThan(5);
    expect(plant.angles[1]).toBeCloseTo(Math.PI / 4, 2);
    expect(plant.angles[0]).toBe(0);
  });

  it('tell a negative velocity by its sign bit', () => {
    const { bus, ask, set } = openBus();
    set(1, 'goal', 1000);
    set(1, 'torque', 1);
    bus.step(0.2);
    const [answer] = ask(sts.read(1, 58, 2));
    expect(answer!.parameters[1]! & 0x80).toBe(0x80);
    expect(decodeRegister(STS3215.registers.velocity, answer!.parameters, 'little')).toBeLessThan(-500);
  });

  it('wait with a reg-write for the action', () => {
    const { ask, get } = openBus();
    const goal = encodeRegister(STS3215.registers.goal, 3000, 'little');
    expect(
      ask(encodePacket({ id: 1, code: INSTRUCTION.regWrite, parameters: Uint8Array.of(42, ...goal) })),
    ).toHaveLength(1);
    expect(get(1, 'goal')).toBe(0);
    expect(ask(encodePacket({ id: 0xfe, code: INSTRUCTION.action, parameters: new Uint8Array(0) }))).toEqual(
      [],
    );
    expect(get(1, 'goal')).toBe(3000);
  });

  it('keep without power what was written while the lock was open, and nothing else', () => {
    const { bus, get, set } = openBus();
    set(1, 'p_gain', 16);
    set(2, 'lock', 0);
    set(2, 'p_gain', 16);
    set(2, 'torque', 1);
    expect([get(1, 'p_gain'), get(2, 'p_gain')]).toEqual([16, 16]);
    bus.brownOut();
    expect([get(1, 'p_gain'), get(2, 'p_gain')]).toEqual([32, 16]);
    expect(get(2, 'torque')).toBe(0);
    expect(get(2, 'lock')).toBe(1);
  });

  it('report an overload in every answer, and exert little, until torque is taken off', () => {
    const { bus, ask, get, set } = openBus();
    bus.overload(3);
    expect(ask(sts.ping(3))).toEqual([{ id: 3, code: 0b100000, parameters: new Uint8Array(0) }]);
    expect(get(3, 'condition')).toBe(0b100000);
    set(3, 'torque', 0);
    bus.step(0.01);
    expect(ask(sts.ping(3))[0]!.code).toBe(0);
  });

  it('protect themselves when they are blocked for long', () => {
    const { bus, get, set } = openBus();
    set(1, 'goal', 4095);
    set(1, 'torque', 1);
    bus.step(4);
    expect(get(1, 'condition')).toBe(0b100000);
    expect(Math.abs(get(1, 'load')!)).toBeLessThanOrEqual(200);
  });

  it('call the place where they stand the middle, when they are told to', () => {
    const { bus, get, set } = openBus();
    set(1, 'goal', 3000);
    set(1, 'torque', 1);
    bus.step(2);
    set(1, 'torque', 0);
    bus.step(1);
    set(1, 'torque', 128);
    bus.step(0.01);
    expect(get(1, 'position')).toBe(2048);
    expect(get(1, 'torque')).toBe(0);
    expect(Math.abs(get(1, 'homing_offset')! - 952)).toBeLessThan(10);
  });

  it('of the SCS series send the high byte first and know no sync read', () => {
    const { bus, ask, get } = openBus(SCS0009, 'SCS');
    expect(bus.receive(sts.read(1, 3, 2)).map(hex)).toEqual(['FF FF 01 04 00 05 04 F1']);
    expect(get(1, 'model')).toBe(1284);
    expect(ask(sts.syncRead!([1, 2], 56, 2))).toEqual([]);
  });
});

describe('a homing offset', () => {
  it.each([
    [3000, 2048, 952],
    [1000, 2048, -1048],
    [4095, 0, -1],
    [2048, 0, -2047],
    // What has been seen to be refused by a register that ends at 2047.
    [2048 + 2114, 2048, -1982],
  ])('for an encoder at %i to be called %i is %i', (encoder, wanted, offset) => {
    expect(homingOffset(encoder, wanted)).toBe(offset);
  });
});
