import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Register } from '../../../../src/main/rig/drivers/servo-bus/protocol';
import {
  decodeRegister,
  encodeRegister,
  registerRange,
} from '../../../../src/main/rig/drivers/servo-bus/registers';

const register = (size: 1 | 2 | 4, sign: Register['sign']): Register => ({
  address: 10,
  size,
  sign,
  memory: 'ram',
  access: 'write',
});

const any = fc.constantFrom(
  register(1, 'unsigned'),
  register(2, 'unsigned'),
  register(2, 'twos-complement'),
  register(4, 'twos-complement'),
  register(1, { bit: 7 }),
  register(2, { bit: 10 }),
  register(2, { bit: 11 }),
  register(2, { bit: 15 }),
);

describe('a register', () => {
  it('gives back every number that it can hold, in either order of bytes', () => {
    fc.assert(
      fc.property(
        any,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom('little' as const, 'big' as const),
        (one, share, order) => {
          const [low, high] = registerRange(one);
          const value = Math.round(low + share * (high - low));
          const bytes = encodeRegister(one, value, order);
          expect(bytes).toHaveLength(one.size);
          expect(decodeRegister(one, Uint8Array.of(9, ...bytes), order, 1)).toBe(value);
        },
      ),
    );
  });

  it('writes a sign as the bit that it is: −5 of a position is not what it is in two’s complement', () => {
    expect([...encodeRegister(register(2, { bit: 15 }), -5, 'little')]).toEqual([5, 0x80]);
    expect([...encodeRegister(register(2, { bit: 11 }), -2047, 'little')]).toEqual([0xff, 0x0f]);
    expect([...encodeRegister(register(2, 'twos-complement'), -5, 'little')]).toEqual([0xfb, 0xff]);
    expect([...encodeRegister(register(2, 'unsigned'), 0x1234, 'big')]).toEqual([0x12, 0x34]);
  });

  it('refuses what it cannot hold, instead of writing something else', () => {
    expect(() => encodeRegister(register(2, { bit: 11 }), 2114, 'little')).toThrow(
      'register 10 holds whole numbers from -2047 to 2047, not 2114',
    );
    expect(() => encodeRegister(register(1, 'unsigned'), Number.NaN, 'little')).toThrow(RangeError);
    expect(() => encodeRegister(register(4, 'twos-complement'), 2 ** 31, 'little')).toThrow(RangeError);
  });
});
