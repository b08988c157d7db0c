import { describe, expect, it, onTestFinished } from 'vitest';
import { nodeHost } from '../../../../src/main/processes/node-host';
import { textLanguage } from '../../../../src/main/rig/drivers/text/open';
import { checkRig, loadRig, openDriver } from '../../../../src/main/rig/index';
import type { Rig } from '../../../../src/shared/rig';
import { eventually } from '../../../eventually';
import { lacksProgram } from '../../../needs';
import { observations } from '../../bench';
import { lineBench } from '../../line-bench';
import { folderWith, rejection } from '../../rig-helpers';

const bench = (options?: Parameters<typeof lineBench>[2]) =>
  lineBench('text-pendulum', textLanguage, options);
const torque = (value: number) => Float64Array.of(value);
/** The same rig without a column that tells the device's state, and with a device that speaks when it is asked. */
const stateless = (rig: Rig) => {
  const { state: _, columns: __, hold: ___, ...text } = rig.file.text!;
  rig.file.text = { ...text, start: [], query: '?' };
};

describe('the text driver', () => {
  it('finds its device, and reads degrees as radians', async () => {
    const { driver, heard } = await bench();
    expect(driver.info).toMatchObject({ name: 'text', version: expect.stringMatching(/^pendulum 1\.0/) });
    expect(heard[0]).toMatch(/^ID\*/);
    expect(heard).toContainEqual(expect.stringMatching(/^EVERY 50\*/));
    const [first] = await observations(driver, 1);
    expect(Math.abs(first!.values[0]!)).toBeLessThanOrEqual(Math.PI + 1e-6);
    expect(driver.counters()).toMatchObject({ badChecksum: 0, badLines: 0, tooLong: 0, notText: 0 });
  });

  it('moves the plant by commands, and holds with what the device says of itself', async () => {
    const { driver, heard } = await bench();
    expect(await driver.resume()).toMatchObject({ halted: false, torque: true });
    await driver.reset(1);
    const seen = await observations(driver, 5, () => driver.act(torque(2), 1));
    expect(heard.some((line) => line.startsWith('T 2000 1000*'))).toBe(true);
    expect(seen.at(-1)!.values[1]).not.toBe(seen[0]!.values[1]);
    expect(await driver.hold()).toEqual({ torque: true, halted: true, applied: torque(0) });
    expect(await driver.status()).toMatchObject({ torque: true, halted: true });
    const before = heard.filter((line) => line.startsWith('T')).length;
    driver.act(torque(1), 1);
    expect(heard.filter((line) => line.startsWith('T'))).toHaveLength(before);
    expect(await driver.release()).toMatchObject({ torque: false, halted: true });
  });

  it('stands still by a line of its own when commands stop coming', async () => {
    const { driver, heard } = await bench();
    await driver.resume();
    driver.act(torque(1), 0.06);
    await eventually(() => expect(driver.counters().expired).toBe(1));
    await eventually(() => expect(heard.at(-1)).toMatch(/^HOLD\*/));
  });

  it('says that it does not know what a device without a state does', async () => {
    const { driver, heard } = await bench({ change: stateless });
    const unconfirmed = expect.stringMatching(/say nothing of its motors.*not known$/);
    expect(await driver.hold()).toMatchObject({ halted: true, unconfirmed });
    expect(heard).toContainEqual(expect.stringMatching(/^T 0 1000\*/));
    expect(await driver.status()).toMatchObject({ unconfirmed });
    expect(await driver.resume()).toMatchObject({ halted: false, unconfirmed });
  });

  it('refuses to release what it has no line for, and holds', async () => {
    const { driver } = await bench({
      change: (rig) => {
        rig.file.text = { ...rig.file.text!, release: undefined };
      },
    });
    expect((await rejection(driver.release())).message).toMatch(
      /cannot be switched off from here.*told to hold/,
    );
  });

  it.each([
    ['columns that are missing', 'P 1;G', 'has 2 columns where the rig has 3'],
    ['a number that is none', 'P 1;ovf;G', 'has "ovf" for velocity, which is no number'],
  ])('tells of %s when it goes on', async (_, line, why) => {
    const { inject, fault } = await bench({
      change: (rig) => {
        stateless(rig);
        rig.file.text = {
          ...rig.file.text!,
          query: undefined,
          columns: 3,
          checksum: 'none',
          start: ['GO ON'],
        };
      },
    });
    inject(`${line}\n`.repeat(3));
    const { message } = await fault('bad-data');
    expect(message).toContain(`the last one "${line}" ${why}.`);
  });

  it('tells of lines that are too long or no text', async () => {
    const { inject, fault } = await bench();
    inject(`${'9'.repeat(500)}\n`.repeat(3));
    expect((await fault('bad-data')).message).toContain(
      'is 500 bytes long, more than the 256 of "longestLine"',
    );
  });

  it('tells of a trouble that the device reports, once', async () => {
    const { driver, device, faults, fault } = await bench();
    await driver.resume();
    device.overload(1);
    expect((await fault('rig-refused')).message).toBe(
      'The device on the test bench reports: !motor driver too hot, held.',
    );
    device.overload(1);
    await observations(driver, 3);
    expect(faults).toHaveLength(1);
  });
});

describe.skipIf(lacksProgram('socat'))('the simulated text device', () => {
  it('is a program on a pseudo-terminal', async () => {
    const rig = await loadRig('text-pendulum');
    const driver = await openDriver(rig, { mode: 'realtime', port: 'simulated:pty', seed: 1 }, nodeHost());
    onTestFinished(() => driver.close());
    await driver.resume();
    await driver.reset(1);
    await observations(driver, 3, () => driver.act(torque(1), 1));
    expect(await driver.hold()).toMatchObject({ torque: true, halted: true });
  });
});

describe('a rig file with driver "text"', () => {
  it('is checked: lines in braces, columns, and a plant with the same channels', async () => {
    const { file } = await loadRig('text-pendulum');
    const text = {
      ...file.text,
      command: 'T {torqe}',
      start: ['{angle}'],
      columns: 2,
      simulation: undefined,
    };
    const changed = {
      ...file,
      text,
      observations: [file.observations[0], { ...file.observations[1], text: undefined }],
    };
    const { message } = await rejection(checkRig(await folderWith({ 'rig.json': changed })));
    expect(message).toContain(
      'only {torque}, {periodMs}, {rateHz}, {watchdogMs}, {ttlMs} in braces, found {torqe}',
    );
    expect(message).toContain('text.command: expected {torque} in it');
    expect(message).toContain('text.start[0]: expected only {periodMs}');
    expect(message).toContain('text.state.column: expected a column below 2, found 2');
    expect(message).toContain('observations[1].text: expected a column for driver "text"');
  });
});
