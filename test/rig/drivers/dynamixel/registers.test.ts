import { describe, expect, it } from 'vitest';
import {
  BAUD_CODES,
  DYNAMIXEL_MODELS,
  HARDWARE_ERROR,
  hardwareErrorWords,
} from '../../../../src/main/rig/drivers/dynamixel/registers';
import { decodeRegister } from '../../../../src/main/rig/drivers/servo-bus/registers';
import { fromHex } from './bytes';

describe('the registers of Dynamixel motors', () => {
  it('lie beside each other and never over each other', () => {
    for (const { name, registers } of DYNAMIXEL_MODELS) {
      const places = Object.values(registers).flatMap(({ address, size }) =>
        Array.from({ length: size }, (_, i) => address + i),
      );
      expect(new Set(places).size, name).toBe(places.length);
    }
  });

  it('that are read in every period lie in one block', () => {
    for (const { name, feedback } of DYNAMIXEL_MODELS) {
      for (const { register } of Object.values(feedback.quantities)) {
        expect(register.address, name).toBeGreaterThanOrEqual(feedback.address);
        expect(register.address + register.size, name).toBeLessThanOrEqual(
          feedback.address + feedback.length,
        );
      }
    }
  });

  it('say how a motor is, in the units of channels', () => {
    const xl330 = DYNAMIXEL_MODELS.find(({ number }) => number === 1200)!;
    const { address, quantities } = xl330.feedback;
    // −200 mA, −100 × 0.229 rev/min, two turns back, 5.1 V, 31 °C.
    const block = fromHex('38 FF 9C FF FF FF 00 E0 FF FF 00 00 00 00 00 00 00 00 33 00 1F');
    const value = (quantity: keyof typeof quantities) => {
      const { register, perCount } = quantities[quantity]!;
      return decodeRegister(register, block, 'little', register.address - address) * perCount;
    };
    expect(block).toHaveLength(xl330.feedback.length);
    expect(value('current')).toBeCloseTo(-0.2);
    expect((value('velocity') / 4096) * 60).toBeCloseTo(-22.9);
    expect(value('position')).toBe(-8192);
    expect(value('voltage')).toBeCloseTo(5.1);
    expect(value('temperature')).toBe(31);
  });

  it('tell the load of motors that do not measure their current', () => {
    const quantities = (name: string) =>
      Object.keys(DYNAMIXEL_MODELS.find((one) => one.name === name)!.feedback.quantities);
    expect(quantities('XL430-W250')).toContain('load');
    expect(quantities('XL430-W250')).not.toContain('current');
    expect(quantities('XM430-W350')).toContain('current');
  });

  it('know no two models by one number', () => {
    expect(new Set(DYNAMIXEL_MODELS.map(({ number }) => number)).size).toBe(DYNAMIXEL_MODELS.length);
  });

  it('have the codes of the baud rates by their place', () => {
    expect([BAUD_CODES[1], BAUD_CODES[3]]).toEqual([57_600, 1_000_000]);
  });
});

describe('hardware errors', () => {
  it('are told in words with what to do, the unknown included', () => {
    expect(hardwareErrorWords(0)).toEqual([]);
    expect(hardwareErrorWords((1 << HARDWARE_ERROR.overload) | 0x40)).toEqual([
      'overload: it is blocked or carries too much; free it, then reboot it',
      'something that no manual explains (bits 0x40)',
    ]);
  });
});
