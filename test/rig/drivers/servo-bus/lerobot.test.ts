import { describe, expect, it } from 'vitest';
import { leRobotFile, parseLeRobot } from '../../../../src/main/rig/drivers/servo-bus/calibration/lerobot';
import { calibratedMotors, loadRig } from '../../../../src/main/rig/index';
import type { Calibration } from '../../../../src/shared/calibration';

const NAMES = ['shoulder_pan', 'shoulder_lift', 'elbow_flex', 'wrist_flex', 'wrist_roll', 'gripper'];

type Entry = Record<string, unknown>;
/** As LeRobot writes it for an SO-101. */
const leRobot = (change: (file: Record<string, Entry>) => void = () => {}): string => {
  const file: Record<string, Entry> = Object.fromEntries(
    NAMES.map((name, i) => [
      name,
      { id: i + 1, drive_mode: 0, homing_offset: -500 + 150 * i, range_min: 800 + i, range_max: 3300 - i },
    ]),
  );
  file.wrist_roll = { id: 5, drive_mode: 0, homing_offset: 1200, range_min: 0, range_max: 4095 };
  change(file);
  return JSON.stringify(file, null, 4);
};
const motors = async () => calibratedMotors(await loadRig('so101'));
const refusal = async (text: string): Promise<string> => {
  try {
    parseLeRobot(text, await motors());
    return 'it was taken';
  } catch (thrown) {
    return (thrown as Error).message;
  }
};

describe('a calibration file of LeRobot', () => {
  it('comes back as it was', async () => {
    const text = leRobot((file) => {
      file.elbow_flex!.drive_mode = 1;
    });
    const taken = parseLeRobot(text, await motors());
    expect(taken.elbow_flex).toMatchObject({ direction: -1, zero: 2047, range: [802, 3298] });
    expect(taken.wrist_roll).toMatchObject({ fullTurn: true });
    const calibration: Calibration = {
      ...{ schema: 'foresight.calibration/1', rig: 'so101', driver: 'feetech', version: 1, note: '' },
      device: { kind: 'usb', name: 'X' },
      ...{ madeAt: '', origin: 'imported', motors: taken },
    };
    expect(JSON.parse(leRobotFile(calibration, await motors()))).toEqual(JSON.parse(text));
  });

  it.each<[string, (file: Record<string, Entry>) => void, string]>([
    [
      'an offset that its register does not hold',
      (file) => {
        file.shoulder_pan!.homing_offset = 2114;
      },
      'shoulder_pan.homing_offset: expected -2047 to 2047, which is what its register holds, found 2114',
    ],
    [
      'another number',
      (file) => {
        file.gripper!.id = 7;
      },
      'gripper.id: expected 6 as in the rig file, found 7',
    ],
    [
      'a range that is none',
      (file) => {
        file.gripper!.range_max = 100;
      },
      'gripper.range_max: expected more than range_min and at most 4095, found 100',
    ],
    [
      'a motor that is missing',
      (file) => {
        delete file.gripper;
      },
      'gripper: missing',
    ],
    [
      'a motor that the rig does not have',
      (file) => {
        file.knee = file.gripper!;
      },
      'knee: expected one of the rig\'s motors ("shoulder_pan", ',
    ],
    [
      'words in the place of numbers',
      (file) => {
        file.gripper!.range_min = 'low';
      },
      'gripper.range_min: expected a number as LeRobot writes it',
    ],
  ])('with %s is refused with a sentence', async (_, change, sentence) => {
    const message = await refusal(leRobot(change));
    expect(message).toMatch(/^This is no calibration of LeRobot for this rig: /);
    expect(message).toContain(sentence);
  });

  it('that is no JSON, or something else, is refused with a sentence', async () => {
    expect(await refusal('{"shoulder_pan": ')).toMatch(/the file: expected JSON \(/);
    expect(await refusal('[1, 2]')).toMatch(/the file: expected a number as LeRobot writes it/);
    expect(await refusal('{}')).toMatch(/shoulder_pan: missing; shoulder_lift: missing/);
  });
});
