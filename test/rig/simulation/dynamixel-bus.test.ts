import { describe, expect, it } from 'vitest';
import {
  DynamixelDecoder,
  encodePacket,
  fastAnswers,
  INSTRUCTION,
} from '../../../src/main/rig/drivers/dynamixel/packets';
import { dynamixelProtocol, instructions } from '../../../src/main/rig/drivers/dynamixel/protocol';
import { DYNAMIXEL_MODELS, OPERATING_MODE } from '../../../src/main/rig/drivers/dynamixel/registers';
import { decodeRegister, encodeRegister } from '../../../src/main/rig/drivers/servo-bus/registers';
import { DynamixelBus } from '../../../src/main/rig/simulation/dynamixel/bus';
import { FreeJoints } from '../../../src/main/rig/simulation/servo-bus/joints';
import { hex } from '../drivers/dynamixel/bytes';

const XL330 = DYNAMIXEL_MODELS.find(({ name }) => name === 'XL330-M288')!;
const { ping, read, write, syncRead, syncWrite } = dynamixelProtocol;
const MECHANICS = { stallTorque: 0.52, noLoadSpeed: 10.8, stallCurrent: 1.47, supplyVolts: 5 };

/** XL330 motors 1 to 3 whose flywheels stand at the middle. */
function openBus(start = 0) {
  const plant = new FreeJoints(
    [1, 2, 3].map(() => ({ inertia: 0.002, damping: 0.001, range: [-20, 20] as const, start })),
  );
  const bus = new DynamixelBus({
    motors: [1, 2, 3].map((id) => ({ id, model: XL330, mechanics: MECHANICS })),
    plant,
  });
  const ask = (bytes: Uint8Array) =>
    bus.receive(bytes).flatMap((answer) =>
      new DynamixelDecoder().push(answer).map(({ id, parameters }) => ({
        id,
        error: parameters[0],
        data: parameters.slice(1),
      })),
    );
  const register = (name: string) => {
    const found = XL330.registers[name];
    if (!found) throw new Error(`no register ${name}`);
    return found;
  };
  const set = (id: number, name: string, value: number) =>
    ask(write(id, register(name).address, encodeRegister(register(name), value, 'little')))[0]?.error;
  return {
    bus,
    plant,
    ask,
    set,
    get: (id: number, name: string) => {
      const [answer] = ask(read(id, register(name).address, register(name).size));
      return answer && decodeRegister(register(name), answer.data, 'little');
    },
    /** As a careful master does it. */
    turnOn: (id: number, mode: number = OPERATING_MODE.position) => {
      set(id, 'operating_mode', mode);
      set(id, 'torque', 1);
    },
    wait: (seconds: number) => {
      for (let i = 0; i < seconds * 100; i++) bus.step(0.01);
    },
  };
}

describe('simulated Dynamixel motors', () => {
  it('answer byte for byte', () => {
    const { bus } = openBus();
    expect(bus.receive(ping(1)).map(hex)).toEqual(['FF FF FD 00 01 07 00 55 00 B0 04 34 B2 D4']);
    expect(bus.receive(ping(9))).toEqual([]);
    expect(bus.receive(read(2, 132, 4)).map(hex)).toEqual(['FF FF FD 00 02 08 00 55 00 00 08 00 00 BC 32']);
  });

  it('all answer a ping to everybody, and nobody a write to everybody', () => {
    const { ask } = openBus();
    expect(ask(ping(0xfe)).map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(ask(write(0xfe, 65, Uint8Array.of(1)))).toEqual([]);
    expect(ask(syncRead!([1, 2, 3], 65, 1)).map(({ data }) => data[0])).toEqual([1, 1, 1]);
  });

  it('speak together after a fast sync read, up to the first that is silent', () => {
    const { bus } = openBus();
    const [whole] = bus.receive(instructions.fastSyncRead([1, 2, 3], 132, 4));
    const [packet] = new DynamixelDecoder().push(whole!);
    expect(fastAnswers(packet!).map(({ id, data }) => [id, hex(data)])).toEqual([
      [1, '00 08 00 00'],
      [2, '00 08 00 00'],
      [3, '00 08 00 00'],
    ]);
    const [cut] = bus.receive(instructions.fastSyncRead([1, 9, 3], 132, 4));
    expect(cut).toHaveLength(16);
    expect(bus.receive(instructions.fastSyncRead([9, 1], 132, 4))).toEqual([]);
  });

  it('answer a bulk read each about its own registers, and obey a bulk write', () => {
    const { ask, get } = openBus();
    const places = [
      { id: 1, address: 144, length: 2 },
      { id: 3, address: 146, length: 1 },
    ];
    expect(ask(instructions.bulkRead(places)).map(({ id, data }) => [id, data.length])).toEqual([
      [1, 2],
      [3, 1],
    ]);
    ask(
      instructions.bulkWrite([
        { id: 1, address: 65, data: Uint8Array.of(1) },
        { id: 2, address: 84, data: Uint8Array.of(0x20, 0x03) },
      ]),
    );
    expect([get(1, 'led'), get(2, 'p_gain')]).toEqual([1, 800]);
  });

  it('wait with a registered write for the action', () => {
    const { ask, get } = openBus();
    ask(instructions.regWrite(1, 65, Uint8Array.of(1)));
    expect([get(1, 'registered'), get(1, 'led')]).toEqual([1, 0]);
    expect(ask(instructions.action(1))[0]?.error).toBe(0);
    expect([get(1, 'registered'), get(1, 'led')]).toEqual([0, 1]);
    expect(ask(instructions.action(1))[0]?.error).toBe(2);
  });

  it('say why a write was not done, and change nothing', () => {
    const { set, get, ask, turnOn } = openBus();
    expect(set(1, 'position', 5)).toBe(7);
    expect(ask(write(1, 200, Uint8Array.of(1)))[0]?.error).toBe(7);
    expect(ask(write(1, 116, Uint8Array.of(1, 2)))[0]?.error).toBe(5);
    expect(set(1, 'led', 2)).toBe(4);
    expect(set(1, 'operating_mode', 2)).toBe(4);
    expect(set(1, 'goal', 5000)).toBe(6);
    // Two registers, of which one is refused.
    expect(ask(write(1, 64, Uint8Array.of(1, 7)))[0]?.error).toBe(4);
    expect(get(1, 'torque')).toBe(0);
    turnOn(1);
    expect(set(1, 'max_temperature', 60)).toBe(7);
    expect(ask(encodePacket({ id: 1, instruction: 0x77, parameters: new Uint8Array(0) }))[0]?.error).toBe(2);
    expect(ask(read(1, 250, 20))[0]?.error).toBe(7);
  });

  it('answer as much as their response level says, and a ping always', () => {
    const { ask, set, get } = openBus();
    set(1, 'response_level', 1);
    expect(set(1, 'led', 1)).toBeUndefined();
    expect(get(1, 'led')).toBe(1);
    set(1, 'response_level', 0);
    expect(get(1, 'led')).toBeUndefined();
    expect(ask(syncRead!([1, 2], 65, 1)).map(({ id }) => id)).toEqual([2]);
    expect(ask(ping(1))).toHaveLength(1);
  });

  it('obey a shadow number without a word', () => {
    const { set, get, ask } = openBus();
    set(2, 'shadow_id', 1);
    expect(ask(write(1, 65, Uint8Array.of(1))).map(({ id }) => id)).toEqual([1]);
    expect(get(2, 'led')).toBe(1);
  });

  it('turn to a goal, as fast as a profile allows, and hold there', () => {
    const { set, get, turnOn, wait } = openBus();
    for (const id of [1, 2]) turnOn(id);
    // 0.229 × 60 rev/min are 938 counts a second.
    set(2, 'profile_velocity', 60);
    for (const id of [1, 2]) set(id, 'goal', 3000);
    wait(0.4);
    expect(get(1, 'position')).toBeGreaterThan(2900);
    expect(get(2, 'position')).toBeLessThan(2048 + 0.4 * 938 + 20);
    expect(get(2, 'velocity')).toBeGreaterThan(40);
    expect(get(2, 'moving')).toBe(1);
    wait(1.5);
    expect(Math.abs(get(2, 'position')! - 3000)).toBeLessThan(4);
    expect(get(2, 'moving')).toBe(0);
  });

  it('turn with a velocity, a current and a voltage in those modes', () => {
    const { set, get, turnOn, wait, plant } = openBus();
    turnOn(1, OPERATING_MODE.velocity);
    turnOn(2, OPERATING_MODE.current);
    turnOn(3, OPERATING_MODE.pwm);
    set(1, 'goal_velocity', -100);
    set(2, 'goal_current', 300);
    set(3, 'goal_pwm', 400);
    wait(0.5);
    expect(Math.abs(get(1, 'velocity')! + 100)).toBeLessThan(10);
    expect(Math.abs(get(2, 'current')! - 300)).toBeLessThan(2);
    expect(plant.velocities[1]).toBeGreaterThan(0);
    expect(Math.abs(plant.velocities[2]! / ((MECHANICS.noLoadSpeed * 400) / 885) - 1)).toBeLessThan(0.1);
  });

  it('exert nothing without torque, and go where they were told when it comes back', () => {
    const { set, get, turnOn, wait } = openBus();
    set(1, 'goal', 2500);
    wait(0.3);
    expect(get(1, 'position')).toBe(2048);
    turnOn(1);
    wait(1);
    expect(Math.abs(get(1, 'position')! - 2500)).toBeLessThan(4);
  });

  it('count with their homing offset, and the other way round in reverse', () => {
    const { set, get, turnOn, wait, plant } = openBus(Math.PI / 4);
    expect(get(1, 'position')).toBe(2560);
    set(1, 'homing_offset', -60);
    set(2, 'drive_mode', 1);
    wait(0.01);
    expect([get(1, 'position'), get(2, 'position')]).toEqual([2500, 1536]);
    turnOn(2);
    set(2, 'goal', 1800);
    wait(1);
    expect(plant.angles[1]).toBeCloseTo(((2048 - 1800) * 2 * Math.PI) / 4096, 2);
  });

  it('stop by themselves when nobody speaks, and take no goal until that is taken back', () => {
    const { set, get, turnOn, wait } = openBus();
    turnOn(1, OPERATING_MODE.velocity);
    // 5 × 20 ms.
    set(1, 'bus_watchdog', 5);
    set(1, 'goal_velocity', 100);
    wait(0.09);
    expect(get(1, 'bus_watchdog')).toBe(5);
    wait(0.3);
    expect(get(1, 'bus_watchdog')).toBe(-1);
    expect(Math.abs(get(1, 'velocity')!)).toBeLessThan(5);
    expect(get(1, 'torque')).toBe(1);
    expect(set(1, 'goal_velocity', 50)).toBe(7);
    expect(set(1, 'bus_watchdog', 5)).toBe(7);
    expect(set(1, 'bus_watchdog', 0)).toBe(0);
    expect(set(1, 'goal_velocity', 50)).toBe(0);
  });

  it('do not stop without torque, or as long as others are spoken to', () => {
    const { ask, set, get, turnOn, wait } = openBus();
    turnOn(1);
    set(1, 'bus_watchdog', 2);
    set(2, 'bus_watchdog', 2);
    for (let i = 0; i < 20; i++) {
      wait(0.03);
      ask(ping(3));
    }
    expect([get(1, 'bus_watchdog'), get(2, 'bus_watchdog')]).toEqual([2, 2]);
    wait(0.1);
    expect([get(1, 'bus_watchdog'), get(2, 'bus_watchdog')]).toEqual([-1, 2]);
  });

  it('let go at a hardware error, say so in every answer, and stay so until they are rebooted', () => {
    const { bus, ask, set, get, turnOn } = openBus();
    turnOn(1);
    bus.overload(1);
    expect(ask(ping(1))[0]?.error).toBe(0x80);
    expect([get(1, 'hardware_error'), get(1, 'torque')]).toEqual([1 << 5, 0]);
    expect(set(1, 'torque', 1)).toBe(0x80);
    expect(get(1, 'torque')).toBe(0);
    expect(ask(instructions.reboot(1))).toHaveLength(1);
    expect(ask(ping(1))[0]?.error).toBe(0);
    turnOn(1);
    expect(get(1, 'torque')).toBe(1);
  });

  it('are overloaded when they push against a stop for a while', () => {
    const { set, get, turnOn, wait, plant } = openBus(0);
    turnOn(1, OPERATING_MODE.extendedPosition);
    set(1, 'goal', 30_000);
    wait(3);
    expect(plant.angles[0]).toBe(20);
    wait(3);
    expect([get(1, 'hardware_error'), get(1, 'torque')]).toEqual([1 << 5, 0]);
  });

  it('lose what is in RAM when the supply fails, and whole turns, and keep their settings', () => {
    const { bus, set, get } = openBus(4 * Math.PI);
    set(1, 'return_delay', 0);
    set(1, 'p_gain', 900);
    set(1, 'bus_watchdog', 10);
    bus.brownOut();
    expect([get(1, 'return_delay'), get(1, 'p_gain'), get(1, 'bus_watchdog')]).toEqual([0, 400, 0]);
    expect([get(1, 'torque'), get(1, 'position'), get(1, 'goal')]).toEqual([0, 2048, 2048]);
  });

  it('forget whole turns when they are told to, standing', () => {
    const { ask, set, get, turnOn, wait } = openBus();
    turnOn(1, OPERATING_MODE.extendedPosition);
    set(1, 'goal', 2048 + 4096);
    wait(0.2);
    expect(ask(instructions.clearTurns(1))[0]?.error).toBe(1);
    wait(2);
    set(1, 'torque', 0);
    expect(ask(instructions.clearTurns(1))[0]?.error).toBe(0);
    expect(Math.abs(get(1, 'position')! - 2048)).toBeLessThan(4);
  });

  it('go back to what they were delivered with, and not all of them to one number', () => {
    const { ask, set, get } = openBus();
    set(2, 'return_delay', 0);
    ask(instructions.factoryReset(0xfe, 'nothing'));
    expect(get(2, 'return_delay')).toBe(0);
    expect(ask(instructions.factoryReset(2, 'id'))).toHaveLength(1);
    expect(get(2, 'return_delay')).toBe(250);
    expect(get(2, 'model')).toBe(1200);
  });

  it('leave a sync write to a number alone that is not theirs', () => {
    const { ask, get } = openBus();
    const data = Uint8Array.of(1);
    ask(
      syncWrite(65, 1, [
        { id: 2, data },
        { id: 9, data },
      ]),
    );
    expect([get(1, 'led'), get(2, 'led'), get(3, 'led')]).toEqual([0, 1, 0]);
    expect(ask(encodePacket({ id: 1, instruction: INSTRUCTION.status, parameters: data }))).toEqual([]);
  });
});
