import type { Register, ServoModel } from './protocol';

type ByteOrder = ServoModel['byteOrder'];

/** The lowest and the highest number that a register can hold. */
export function registerRange({ size, sign }: Register): [low: number, high: number] {
  if (sign === 'unsigned') return [0, 2 ** (8 * size) - 1];
  if (sign === 'twos-complement') return [-(2 ** (8 * size - 1)), 2 ** (8 * size - 1) - 1];
  return [1 - 2 ** sign.bit, 2 ** sign.bit - 1];
}

/** A register's bytes for a whole number. Throws RangeError for what it cannot hold: wrapped, it would mean something else. */
export function encodeRegister(register: Register, value: number, order: ByteOrder): Uint8Array {
  const [low, high] = registerRange(register);
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(
      `register ${register.address} holds whole numbers from ${low} to ${high}, not ${value}`,
    );
  }
  const { size, sign } = register;
  const raw =
    typeof sign === 'object'
      ? Math.abs(value) + (value < 0 ? 2 ** sign.bit : 0)
      : value < 0
        ? value + 2 ** (8 * size)
        : value;
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++)
    bytes[order === 'little' ? i : size - 1 - i] = Math.floor(raw / 2 ** (8 * i)) & 0xff;
  return bytes;
}

/** The number in a register, whose bytes begin at `offset` of `bytes`. */
export function decodeRegister(register: Register, bytes: Uint8Array, order: ByteOrder, offset = 0): number {
  const { size, sign } = register;
  let raw = 0;
  for (let i = 0; i < size; i++) {
    raw = raw * 256 + (bytes[offset + (order === 'little' ? size - 1 - i : i)] ?? 0);
  }
  if (sign === 'unsigned') return raw;
  if (sign === 'twos-complement') return raw >= 2 ** (8 * size - 1) ? raw - 2 ** (8 * size) : raw;
  const half = 2 ** sign.bit;
  const magnitude = raw % half;
  // Bits above the sign have no meaning in a motor, and are left where they are.
  return Math.floor(raw / half) % 2 === 1 ? 0 - magnitude : magnitude;
}
