import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { odriveErrors } from '../../../../src/main/rig/drivers/odrive/errors';
import { odriveLine, readOdriveLine } from '../../../../src/main/rig/drivers/odrive/lines';

describe('a line of an ODrive', () => {
  it('has the checksum that G-code has', () => {
    // By hand: 0x66 ^ 0x20 ^ 0x30.
    expect(odriveLine('f 0')).toBe('f 0*118');
    expect(readOdriveLine('1.250000 -0.5*61')).toEqual({ kind: 'bad checksum' });
    expect(readOdriveLine(odriveLine('1.250000 -0.5'))).toEqual({ kind: 'numbers', values: [1.25, -0.5] });
    expect(readOdriveLine(odriveLine('invalid property'))).toEqual({
      kind: 'refused',
      text: 'invalid property',
    });
    expect(readOdriveLine('8')).toEqual({ kind: 'bad checksum' });
  });

  it('is never an exception, and what is read is always a number', () => {
    const piece = fc.constantFrom('1', '-', '.', ' ', '*', '49', 'nan', 'e5', 'x', '\t');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((parts) => parts.join('')),
        ),
        (text) => {
          for (const line of [text, odriveLine(text)]) {
            const said = readOdriveLine(line);
            if (said.kind === 'numbers') expect(said.values.every(Number.isFinite)).toBe(true);
          }
        },
      ),
    );
  });
});

describe('error registers', () => {
  it('are told in words, bit by bit, the unknown ones included', () => {
    expect(odriveErrors('axis', 0)).toEqual([]);
    expect(odriveErrors('axis', 0x840)).toEqual([
      'its motor has failed',
      'its watchdog has stopped it, because it was told nothing for too long',
    ]);
    expect(odriveErrors('motor', 2 ** 40 + 0x1000)).toEqual([
      'its current is beyond the limit',
      'motor error 0x10000000000, which is not explained here',
    ]);
  });
});
