import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withChecksum, withoutChecksum } from '../../../../src/main/rig/drivers/text/checksum';
import { commandLine, readTextLine } from '../../../../src/main/rig/drivers/text/lines';
import { TextOptions } from '../../../../src/shared/text-line';

const OPTIONS = { command: 'F {force}' };
const file = {
  observations: [
    { name: 'x', unit: 'm', text: { column: 1, scale: 0.001, offset: 0.5 } },
    { name: 'angle', unit: 'rad', text: { column: 3, scale: 1, offset: 0 } },
  ],
  actions: [{ name: 'force', text: { scale: 100, offset: 5, decimals: 1 } }],
  periodSeconds: 0.02,
  safety: { watchdogSeconds: 0.2 },
} as never as Parameters<typeof readTextLine>[1] & Parameters<typeof commandLine>[2];
const read = (line: string, options: object = {}) =>
  readTextLine(line, file, TextOptions.parse({ ...OPTIONS, ...options }));

describe('a line of a text device', () => {
  it('is an observation with its channels scaled', () => {
    expect(read('7, 1500 ,x,-2.5e-1,9')).toEqual({
      ...{ kind: 'observation', values: Float64Array.of(2, -0.25), state: undefined },
    });
  });

  it.each([
    ['1,2', {}, 'has 2 columns where the rig has 4: angle missing'],
    ['1', { prefix: '1' }, 'has 0 columns where the rig has 4: x, angle missing'],
    ['1,2,3,4,5', { columns: 4 }, 'has 5 columns where the rig has 4'],
    ['1,nan,3,4', {}, 'has "nan" for x, which is no number'],
    ['1,2,3,0x10', {}, 'has "0x10" for angle, which is no number'],
    ['1,,3,1e999', {}, 'has "" for x, "1e999" for angle, which is no number'],
  ])('says what is wrong: %s', (line, options, why) => {
    expect(read(line, options)).toEqual({ kind: 'bad', why });
  });

  it('is a comment, somebody else’s, or a report of trouble by what it begins with', () => {
    expect(read('# 1,2,3,4')).toMatchObject({ kind: 'other' });
    expect(read('booting')).toMatchObject({ kind: 'other' });
    expect(read('Q 1,2,3,4', { prefix: 'P' })).toMatchObject({ kind: 'other' });
    expect(read('!hot', { errors: ['!'] })).toEqual({ kind: 'error', text: '!hot' });
  });

  it('is taken with a right checksum alone, as NMEA 0183 has it', () => {
    // The example of the standard: GPGGA with the checksum 47.
    const sentence = 'GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,';
    expect(withChecksum('xor', sentence)).toBe(`${sentence}*47`);
    expect(read('1,2,3,4*1C', { checksum: 'xor' })).toMatchObject({ kind: 'bad checksum' });
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('xor' as const, 'sum' as const), (text, kind) => {
        expect(withoutChecksum(kind, withChecksum(kind, text))).toBe(text);
      }),
    );
  });

  it('is never an exception, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.constantFrom(',', ' ', ';'),
        (line, delimiter) => {
          const found = read(line, { delimiter });
          if (found.kind === 'observation') expect([...found.values].every(Number.isFinite)).toBe(true);
        },
      ),
    );
  });
});

describe('a command to a text device', () => {
  it('has every action in its place, scaled, and what the rig says of itself', () => {
    const text = TextOptions.parse({ command: 'F{force} for {ttlMs} at {rateHz}', checksum: 'sum' });
    expect(commandLine([-0.05], 0.25, file, text)).toBe(withChecksum('sum', 'F0.0 for 250 at 50'));
    expect(commandLine([1.234], 0.25, file, { ...text, checksum: 'none' })).toBe('F128.4 for 250 at 50');
  });
});
