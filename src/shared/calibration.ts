import { z } from 'zod';
import { channelName } from './channel-name';
import { plainName } from './plain-name';
import { SERVO_DRIVERS } from './servos';

/** What a calibration belongs to. */
export const CalibratedDevice = z.strictObject({
  /**
   * usb: the adapter with this key (shared/ports.ts), which its USB serial number is part of. motors: nothing says which adapter it is, so it is the rig's name and the
   * numbers of its motors. simulated: motors that are simulated.
   */
  kind: z.enum(['usb', 'motors', 'simulated']),
  /** The key, or the numbers of the motors. */
  name: z.string().min(1).max(200),
});
export type CalibratedDevice = z.infer<typeof CalibratedDevice>;

/** As sentences name it. */
export function deviceWords({ kind, name }: CalibratedDevice): string {
  if (kind === 'usb') return `the adapter ${name}`;
  return kind === 'simulated' ? 'the simulated motors' : `motors ${name} on any adapter`;
}

const counts = z
  .number()
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31);

/** What a calibration says of one motor. Counts are as the motor tells them while its registers hold what is said here. */
export const CalibratedMotor = z.strictObject({
  id: z.number().int().min(0).max(253),
  model: z.string().max(100),
  /** −1 where the joint's angle grows while the counts fall. */
  direction: z.union([z.literal(1), z.literal(-1)]),
  /** Counts at which the joint's angle is 0. */
  zero: counts,
  /** Of its register; null for a motor that has none. */
  homingOffset: counts.nullable(),
  /** Counts at both ends of the joint's travel, as the registers of the motor's own limits hold them. */
  range: z.tuple([counts, counts]).refine(([low, high]) => low < high, 'two numbers, the lower one first'),
  /** It turns all the way round: there are no stops, and the encoder's wrap lies in its travel. */
  fullTurn: z.boolean(),
});
export type CalibratedMotor = z.infer<typeof CalibratedMotor>;

export const CALIBRATION_SCHEMA = 'foresight.calibration/1';

/** A version of the calibration of a rig on a device; never changed once it is written. */
export const Calibration = z.strictObject({
  schema: z.literal(CALIBRATION_SCHEMA),
  rig: plainName,
  driver: z.enum(SERVO_DRIVERS),
  device: CalibratedDevice,
  version: z.number().int().min(1),
  /** ISO 8601. */
  madeAt: z.string().max(40),
  /** swept: joints were moved by hand. imported: from a file of LeRobot. */
  origin: z.enum(['swept', 'imported']),
  note: z.string().max(500),
  /** By name, as in rig.json. */
  motors: z.record(channelName, CalibratedMotor),
});
export type Calibration = z.infer<typeof Calibration>;

/** The calibrations of a rig on one device. */
export const CalibrationShelf = z.object({
  device: CalibratedDevice,
  /** The version that the driver uses when it connects; null: none. */
  inForce: z.number().int().nullable(),
  /** Newest first. */
  versions: z.array(Calibration),
  /** Files that cannot be read, each as a sentence. */
  problems: z.array(z.string()),
});
export type CalibrationShelf = z.infer<typeof CalibrationShelf>;

/** What of a calibration is in force on a connected rig. */
export const CalibrationInForce = z.object({
  device: CalibratedDevice,
  version: z.number().int().nullable(),
  madeAt: z.string().nullable(),
  /** Why the rig is not moved although there is one: the motors say something else. Null where they agree. */
  mismatch: z.string().nullable(),
});
export type CalibrationInForce = z.infer<typeof CalibrationInForce>;

/** What a motor's registers hold; null for a register that it does not have. */
export const CalibrationRegisters = z.object({
  homingOffset: z.number().nullable(),
  low: z.number(),
  high: z.number(),
});
export type CalibrationRegisters = z.infer<typeof CalibrationRegisters>;

/** blocks: nothing can be written. warns: to be looked at. says: good to know. */
export const Finding = z.object({ weight: z.enum(['blocks', 'warns', 'says']), message: z.string() });
export type Finding = z.infer<typeof Finding>;

export const JointProgress = z.object({
  name: channelName,
  id: z.number().int(),
  /** It has not answered for a while. */
  silent: z.boolean(),
  /** rad, continuous over turns, in the joint's direction: where it is and how far it has been; null before it answered. */
  position: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** rad, how far the rig file lets it go from end to end; null where that is more than a turn. */
  expected: z.number().nullable(),
  /** The encoder's wrap was passed. */
  wrapped: z.boolean(),
  reversed: z.boolean(),
  /** It was moved far enough. */
  done: z.boolean(),
  /** Only measures; it is not moved through a range. */
  passive: z.boolean(),
  findings: z.array(Finding),
  /** What would be written, and the joint's limits (rad) from then on; null before the home pose. */
  proposal: CalibratedMotor.extend({ limits: z.tuple([z.number(), z.number()]) }).nullable(),
  /** What the motor held before, and what it said after it was written; null while not known. */
  before: CalibrationRegisters.nullable(),
  readBack: CalibrationRegisters.nullable(),
});
export type JointProgress = z.infer<typeof JointProgress>;

/** Where a calibration under way has got to. */
export const CalibrationProgress = z.object({
  /** done: written and read back. ended: given up, nothing was written or what was is said. */
  stage: z.enum(['sweep', 'review', 'writing', 'done', 'ended']),
  device: CalibratedDevice,
  joints: z.array(JointProgress),
  /** The version that was written, once it is. */
  version: z.number().int().nullable(),
  /** What has happened, and what to do next. */
  message: z.string(),
  next: z.string(),
  /** A simulated hand can move the joints; what it is at, or null. */
  hand: z.object({ doing: z.string().nullable() }).nullable(),
});
export type CalibrationProgress = z.infer<typeof CalibrationProgress>;

/** What is done in a calibration, one after the other. */
export const CalibrationAct = z.discriminatedUnion('act', [
  /** The rig is released and its motors have confirmed it: ranges are collected from now on. */
  z.object({ act: z.literal('begin') }),
  /** Ranges are forgotten: of one joint, or of all. */
  z.object({ act: z.literal('again'), joint: channelName.optional() }),
  /** The joint's angle grows the other way. */
  z.object({ act: z.literal('reverse'), joint: channelName }),
  /** The arm is in its home pose now: results are computed. May be repeated. */
  z.object({ act: z.literal('home') }),
  /** Saved as a new version, written to the motors, read back and in force. */
  z.object({ act: z.literal('write'), note: z.string().max(500).default('') }),
  /** Nothing is written. */
  z.object({ act: z.literal('cancel') }),
  /** A stored version is written to the motors, read back and in force. */
  z.object({ act: z.literal('use'), version: z.number().int().min(1) }),
  /** Of simulated motors: a hand moves the joints to all their stops, into the home pose, or lets go. */
  z.object({ act: z.literal('hand'), does: z.enum(['sweep', 'home', 'nothing']) }),
]);
export type CalibrationAct = z.infer<typeof CalibrationAct>;
