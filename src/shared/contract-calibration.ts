import { z } from 'zod';
import { CalibratedDevice, CalibrationAct, CalibrationShelf } from './calibration';
import { base, name, nothing } from './contract-base';
import { FoundMotor, MotorSearch, MotorSetUp } from './servos';

const place = z
  .string()
  .max(4096)
  .refine((path) => !path.includes('\0'), 'expected a path without a zero byte');

/** A file of LeRobot that becomes a version; the connected device's, or that of motors on any adapter, when none is said. */
export const TakeCalibration = z.object({
  rig: place,
  device: CalibratedDevice.optional(),
  /** The file's content. */
  text: z.string().max(100_000),
  note: z.string().max(500).default(''),
});
export type TakeCalibration = z.infer<typeof TakeCalibration>;

export const GiveCalibration = z.object({
  rig: place,
  device: CalibratedDevice.optional(),
  /** The one in force when left out. */
  version: z.number().int().min(1).optional(),
});
export type GiveCalibration = z.infer<typeof GiveCalibration>;

/** Calibrations of servo motors. How far one has got comes with the telemetry. */
export const calibration = {
  /** A step on the connected rig. What is begun ends, with nothing written, when its client is gone. */
  act: base.input(CalibrationAct).output(nothing),
  /** All that are kept of a rig. */
  shelves: base.input(z.object({ rig: place })).output(z.array(CalibrationShelf)),
  take: base.input(TakeCalibration).output(z.object({ device: CalibratedDevice, version: z.number() })),
  /** As LeRobot reads it. */
  give: base.input(GiveCalibration).output(z.object({ version: z.number(), text: name.max(100_000) })),
  /** The same as a file in the folder "exports" of the workspace. */
  export: base.input(GiveCalibration).output(z.object({ version: z.number(), file: z.string() })),
};

/** Motors on a line, as they come out of their boxes; while no rig is connected. */
export const motors = {
  scan: base.input(z.object({ port: place, search: MotorSearch.prefault({}) })).output(z.array(FoundMotor)),
  /** Of the one motor behind a port: another number or baud rate, which it keeps. The motor as it says that it is then. */
  setUp: base.input(z.object({ port: place, setUp: MotorSetUp })).output(z.array(FoundMotor)),
};
