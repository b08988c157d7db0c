import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alarmWords, errorWords, losesPosition } from '../../../../src/main/rig/drivers/gcode/grbl-codes';
import { jogLine, readGrblLine } from '../../../../src/main/rig/drivers/gcode/grbl-lines';

describe('a line of GRBL', () => {
  // Reports of its documentation (doc/markdown/interface.md).
  it('is a status report, as its documentation shows them', () => {
    expect(readGrblLine('<Idle|MPos:0.000,0.000,0.000|FS:0.0,0>')).toMatchObject({
      kind: 'status',
      status: { state: 'Idle', sub: undefined, machine: [0, 0, 0], pins: '' },
    });
    expect(
      readGrblLine('<Hold:1|WPos:-12.500,3.000,0.000|Bf:15,128|FS:500,0|Pn:XP|WCO:1.000,0.000,-2.500>'),
    ).toMatchObject({
      kind: 'status',
      status: { state: 'Hold', sub: 1, work: [-12.5, 3, 0], offset: [1, 0, -2.5], pins: 'XP' },
    });
  });

  it.each([
    ['ok', { kind: 'ok' }],
    ['error:9', { kind: 'error', code: 9 }],
    ['ALARM:1', { kind: 'alarm', code: 1 }],
    ["Grbl 1.1h ['$' for help]", { kind: 'welcome', version: '1.1h' }],
    ['$110=500.000', { kind: 'setting', number: 110, value: 500 }],
    ["[MSG:'$H'|'$X' to unlock]", { kind: 'message', text: "MSG:'$H'|'$X' to unlock" }],
    ['<Idle|MPos:0.0x0,0.000,0.000|FS:0,0>', { kind: 'unknown' }],
    ['<Idle|FS:0,0>', { kind: 'unknown' }],
    ['<Ide|MPos:0,0,0>', { kind: 'unknown' }],
  ])('%s', (line, said) => expect(readGrblLine(line)).toEqual(said));

  it('is never an exception, and a position is always numbers', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      'Idle',
      'Hold:0',
      '|',
      'MPos:',
      'WPos:',
      '1.5',
      '-',
      ',',
      'WCO:',
      'nan',
      '$',
      '=',
      '[',
      ']',
      'e9',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((parts) => parts.join('')),
        ),
        (line) => {
          const said = readGrblLine(line);
          if (said.kind !== 'status') return;
          expect([...(said.status.machine ?? []), ...(said.status.work ?? [])].every(Number.isFinite)).toBe(
            true,
          );
        },
      ),
    );
  });

  it('has its numbers in words, the unknown ones included', () => {
    expect(errorWords(15)).toMatch(/outside of the machine/);
    expect(errorWords(77)).toMatch(/error 77, which/);
    expect(alarmWords(1)).toMatch(/limit switch was hit; its position is lost/);
    expect([1, 2, 3, 6].map(losesPosition)).toEqual([true, false, true, true]);
  });
});

describe('a jog', () => {
  it('is absolute, in the coordinates of the machine, in mm and mm/min', () => {
    expect(jogLine({ x: -10, y: -2.5 }, 600.4)).toBe('$J=G21G90G53X-10.000Y-2.500F600');
  });
});
