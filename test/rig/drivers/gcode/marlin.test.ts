import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moveLine, readMarlinLine } from '../../../../src/main/rig/drivers/gcode/marlin-lines';
import { gcodeLanguage } from '../../../../src/main/rig/drivers/gcode/open';
import type { Rig } from '../../../../src/shared/rig';
import { eventually } from '../../../eventually';
import { observations } from '../../bench';
import { lineBench } from '../../line-bench';

describe('a line of Marlin', () => {
  it.each([
    ['ok', { kind: 'ok' }],
    ['ok P15 B3', { kind: 'ok' }],
    [
      'X:10.00 Y:0.00 Z:5.00 E:0.00 Count X:800 Y:0 Z:2000',
      { kind: 'steps', steps: { x: 800, y: 0, z: 2000 } },
    ],
    [
      'X:1.00 Y:-2.00 Z:0.00 E:0.00 Count X: 80 Y: -160 Z: 0',
      { kind: 'steps', steps: { x: 80, y: -160, z: 0 } },
    ],
    ['  M92 X80.00 Y80.50 Z400.00 E93.00', { kind: 'resolution', steps: { x: 80, y: 80.5, z: 400 } }],
    [
      'FIRMWARE_NAME:Marlin 2.1.2 (Jan 1 2023) SOURCE_CODE_URL:github.com PROTOCOL_VERSION:1.0',
      { kind: 'name', name: 'Marlin 2.1.2 (Jan 1 2023)' },
    ],
    ['Error:Printer halted. kill() called!', { kind: 'error', text: 'Printer halted. kill() called!' }],
    ['echo:busy: processing', { kind: 'busy' }],
    ['start', { kind: 'start' }],
    ['X:10.00 Y:0.00', { kind: 'unknown' }],
  ])('%s', (line, said) => expect(readMarlinLine(line)).toEqual(said));

  it('is never an exception', () => {
    const piece = fc.constantFrom(
      'X:',
      'Count ',
      '80',
      '-',
      ' ',
      'M92 ',
      'X80',
      'ok',
      'Error:',
      'FIRMWARE_NAME:',
      '.',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((parts) => parts.join('')),
        ),
        (line) => {
          const said = readMarlinLine(line);
          if (said.kind === 'steps') expect(Object.values(said.steps).every(Number.isFinite)).toBe(true);
        },
      ),
    );
    expect(moveLine({ x: 10, y: -0.5 }, 600)).toBe('G1 X10.000 Y-0.500 F600');
  });
});

const bench = (homing = false) =>
  lineBench('gantry-grbl', gcodeLanguage, {
    change: ({ file }: Rig) => {
      Object.assign(file.gcode!, { flavour: 'marlin', homing });
      for (const axis of Object.values(file.gcode!.axes)) axis.offset = 0;
    },
  });
const speeds = (x: number, y: number) => Float64Array.of(x, y);

describe('the G-code driver on a machine with Marlin', () => {
  it('moves as fast as it is told, and stands when commands stop', async () => {
    const { driver, heard } = await bench();
    expect(driver.info).toMatchObject({ name: 'Marlin', version: expect.stringContaining('Marlin 2.1') });
    await driver.resume();
    const [first] = await observations(driver, 1);
    await eventually(async () => {
      const [seen] = await observations(driver, 1, () => driver.act(speeds(0.1, 0), 0.2));
      expect(seen!.values[0]! - first!.values[0]!).toBeGreaterThan(0.02);
    }, 1);
    expect(heard.some((line) => /^G1 X[\d.]+ F\d+$/.test(line))).toBe(true);
    await eventually(() => expect(heard).toContain('M410'));
  });

  it('holds where it stands, which was read back; that it is held is not known', async () => {
    const { driver } = await bench();
    await driver.resume();
    await observations(driver, 5, () => driver.act(speeds(0.1, 0.1), 1));
    const unconfirmed = expect.stringContaining('is not known');
    expect(await driver.hold()).toMatchObject({ halted: true, torque: true, unconfirmed });
    const [one, other] = await observations(driver, 2);
    expect(other!.values[0]).toBe(one!.values[0]);
    expect(await driver.release()).toMatchObject({ torque: false, unconfirmed });
  });

  it('finds its switches at the first reset, and goes to its start', async () => {
    const { driver, heard } = await bench(true);
    await driver.resume();
    const start = await driver.reset(1);
    expect(heard).toContain('G28 X Y');
    expect(start.values[0]).toBeCloseTo(0.2, 3);
    expect(start.values[1]).toBeCloseTo(0.15, 3);
  });

  it('tells what it reports', async () => {
    const { driver, device, fault } = await bench();
    await driver.resume();
    device.overload(1);
    expect((await fault('rig-refused')).message).toBe(
      'The machine on the test bench reports: Printer halted. kill() called!.',
    );
  });
});
