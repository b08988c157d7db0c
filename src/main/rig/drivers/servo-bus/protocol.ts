import type { ServoQuantity } from '../../../../shared/servos';

/**
 * What a family of servo motors on one shared line (a *servo bus*) has to say of itself: packets and registers. Pure: no
 * clock, no transport. docs/drivers.md tells how a family is added.
 */

/** A motor's answer. */
export interface MotorStatus {
  id: number;
  /** As the motor sends it; `problems` puts it into words. */
  error: number;
  parameters: Uint8Array;
}

/** What arrived so far, good and bad. */
export interface PacketCounters {
  bytes: number;
  packets: number;
  /** Framed like a packet, with another checksum. */
  badChecksum: number;
  /** Bytes that belong to no packet. */
  noise: number;
}

/** Takes bytes as they come and gives packets. Never throws, and finds the next good packet after any damage. */
export interface PacketDecoder<Packet> {
  readonly counters: Readonly<PacketCounters>;
  push(bytes: Uint8Array): Packet[];
  /** Nothing more is expected: a packet that has begun and does not end was none, and what lies in it is looked at again. */
  flush(): Packet[];
}

/** What one motor is to be given of a write to several at once. */
export interface SyncEntry {
  id: number;
  data: Uint8Array;
}

/** The packets of one protocol, as a master speaks it. Identifiers, addresses and lengths in bytes as the protocol has them. */
export interface ServoProtocol {
  /** As in a sentence: "Feetech STS". */
  readonly name: string;
  /** In the order in which a search tries them: what motors come with, and what people choose, first. */
  readonly baudRates: readonly number[];
  /** Every motor listens to it and none answers, except where an instruction asks each by name. */
  readonly broadcastId: number;
  readonly highestId: number;
  /** Answers of motors only; an adapter that repeats what we send is dealt with before. */
  decoder(): PacketDecoder<MotorStatus>;
  ping(id: number): Uint8Array;
  read(id: number, address: number, length: number): Uint8Array;
  write(id: number, address: number, data: Uint8Array): Uint8Array;
  /** Each motor answers a ping to the broadcast, in the order of their numbers, which takes each of them so long. */
  readonly pingsAll?: { secondsPerId: number };
  /** Left out where the motors have none: they are read one after the other. */
  syncRead?(ids: readonly number[], address: number, length: number): Uint8Array;
  /** The same with one answer from all of them together, which none comes of when one is silent. Left out as that. */
  fastSyncRead?(ids: readonly number[], address: number, length: number): Uint8Array;
  /** `length` bytes for each, from `address` on. No motor answers. */
  syncWrite(address: number, length: number, entries: readonly SyncEntry[]): Uint8Array;
  /**
   * Something that no motor answers and nothing comes of, to hear whether an adapter repeats what is sent. Left out where an
   * answer cannot be taken for a question.
   */
  readonly echoProbe?: Uint8Array;
  /** Bytes on the line of an answer with so many parameters. */
  statusBytes(parameters: number): number;
  /** The answer says that the instruction was not carried out, and not only that the motor has a trouble of its own. */
  isRefusal(error: number): boolean;
  /** Begins anew as after switching on, which ends what protects it. Left out where torque off does that. */
  reboot?(id: number): Uint8Array;
  /** What an answer's error byte says, each as it stands behind "the motor reports": "overload". */
  problems(error: number): string[];
}

/** Where and how a motor keeps a number. */
export interface Register {
  address: number;
  /** Bytes. */
  size: 1 | 2 | 4;
  /** EEPROM keeps its value without power, wears out, and can be locked. */
  memory: 'eeprom' | 'ram';
  access: 'read' | 'write';
  /**
   * How a negative number is written: not at all, in two's complement, or as its magnitude with a sign in this bit (and
   * only the bits below for the magnitude).
   */
  sign: 'unsigned' | 'twos-complement' | { bit: number };
}

/** A kind of motor: its registers, and what their numbers mean. */
export interface ServoModel {
  /** "STS3215". */
  readonly name: string;
  /** What the motor answers when it is asked for its model. */
  readonly number: number;
  readonly byteOrder: 'little' | 'big';
  /** Counts a turn of `position` and of the goal. */
  readonly countsPerTurn: number;
  /** By name as in rig.json. `model`, `id`, `baudCode`, `torque` (1: exerts torque) and `goal` (counts) every motor has. */
  readonly registers: Readonly<Record<string, Register>> &
    Readonly<Record<'model' | 'id' | 'baudCode' | 'torque' | 'goal', Register>> & {
      /** 1: the EEPROM is not written. Left out where it is torque that forbids writing. */
      readonly lock?: Register;
    };
  /** The motor stops by itself when nothing comes for so long; 0 takes that off, and a stop back. Left out where there is none. */
  readonly watchdog?: { register: Register; secondsPerCount: number };
  /** Modes in which a motor goes to its goal, and the one in which a goal outside of its own limits is refused without a word. */
  readonly modes?: {
    register: Register;
    position: readonly number[];
    bounded: number;
    low: Register;
    high: Register;
  };
  /**
   * What a calibration sets. `offset`: position = encoder + sign · offset; left out where a motor has none, and then its encoder
   * does not go round. `boundedReach`: no more of it is taken in the mode `modes.bounded`, counts.
   */
  readonly calibration: {
    offset?: { register: Register; sign: 1 | -1; boundedReach?: number };
    low: Register;
    high: Register;
  };
  /** With these bits in its error byte an answer says that there is something in this register. Left out where there is none. */
  readonly alert?: { bits: number; register: Register; problems(bits: number): string[] };
  /** While this bit is not set, a count of velocity is so many counts of position a second. */
  readonly coarseVelocity?: { register: Register; bit: number; perCount: number };
  /** Registers that lie side by side and are read in one go, every control period. */
  readonly feedback: {
    readonly address: number;
    readonly length: number;
    /**
     * Per quantity: its register, inside of the block, and what one count of it is: in the channel's unit, except for
     * `position` (counts of the goal) and `velocity` (counts of the position a second).
     */
    readonly quantities: { readonly [Q in ServoQuantity]?: { register: Register; perCount: number } };
    /** A register of condition bits inside the block, and their words. */
    readonly condition?: { register: Register; problems(bits: number): string[] };
  };
}

/** Motors that speak one protocol, by the name of their model in rig.json. */
export interface ServoFamily {
  readonly models: Readonly<Record<string, ServoModel>>;
  /** Baud rates by their code in the register `baudCode`. */
  readonly baudCodes: readonly number[];
  /** The protocol for these motors together on one line. */
  protocol(models: readonly ServoModel[]): ServoProtocol;
}
