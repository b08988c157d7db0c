import type { SpheroOptions, SpheroQuantity } from '../../../../shared/sphero';

/** The id of what streams (the same document, "Asynchronous ID codes"). */
export const STREAM_ID = 0x03;
/** How often the control system samples, Hz. */
const SAMPLES_PER_SECOND = 400;
/** What the duty cycle of a motor is counted in. */
const DUTY = 2048;

/** Sources of the stream in the order in which they come, with the bit of MASK (first word) or MASK2 and SI units a count. */
const SOURCES = {
  leftDuty: { word: 0, bit: 0x0010_0000, unit: 1 / DUTY },
  rightDuty: { word: 0, bit: 0x0008_0000, unit: 1 / DUTY },
  pitch: { word: 0, bit: 0x0004_0000, unit: Math.PI / 180 },
  roll: { word: 0, bit: 0x0002_0000, unit: Math.PI / 180 },
  yaw: { word: 0, bit: 0x0001_0000, unit: Math.PI / 180 },
  yawRate: { word: 0, bit: 0x0000_0400, unit: Math.PI / 1800 },
  right: { word: 1, bit: 0x0800_0000, unit: 0.01 },
  ahead: { word: 1, bit: 0x0400_0000, unit: 0.01 },
  rightVelocity: { word: 1, bit: 0x0100_0000, unit: 0.001 },
  aheadVelocity: { word: 1, bit: 0x0080_0000, unit: 0.001 },
} as const;
type SourceName = keyof typeof SOURCES;
/** SI units; the frame is the locator's own: ahead is where it looked when it began. */
export type Sample = Record<SourceName, number>;
const NAMES = Object.keys(SOURCES) as SourceName[];

/** Bytes of what Set Data Streaming takes; every source of the table, one sample a packet. */
export function streamingData(periodSeconds: number): Uint8Array {
  const data = new Uint8Array(13);
  const view = new DataView(data.buffer);
  const divisor = Math.round(SAMPLES_PER_SECOND * Math.min(periodSeconds, 0.1));
  view.setUint16(0, Math.max(1, divisor));
  view.setUint16(2, 1);
  view.setUint32(4, mask(0));
  view.setUint8(8, 0);
  view.setUint32(9, mask(1));
  return data;
}

function mask(word: number): number {
  return NAMES.reduce((sum, name) => (SOURCES[name].word === word ? sum + SOURCES[name].bit : sum), 0);
}

/** What one packet of the stream says; undefined when it has another length. */
export function decodeSample(data: Uint8Array): Sample | undefined {
  if (data.length !== 2 * NAMES.length) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return Object.fromEntries(
    NAMES.map((name, i) => [name, view.getInt16(2 * i) * SOURCES[name].unit]),
  ) as Sample;
}

/** The robot's end. */
export function encodeSample(sample: Sample): Uint8Array {
  const data = new Uint8Array(2 * NAMES.length);
  const view = new DataView(data.buffer);
  NAMES.forEach((name, i) => {
    view.setInt16(2 * i, Math.min(Math.max(Math.round(sample[name] / SOURCES[name].unit), -32768), 32767));
  });
  return data;
}

/** What a channel reads of a sample, in the frame of the rig. */
export function quantityOf(
  quantity: SpheroQuantity,
  sample: Sample,
  { x, y, heading }: SpheroOptions['start'],
): number {
  const [c, s] = [Math.cos(heading), Math.sin(heading)];
  switch (quantity) {
    case 'x':
      return x + c * sample.ahead + s * sample.right;
    case 'y':
      return y + s * sample.ahead - c * sample.right;
    case 'x_velocity':
      return c * sample.aheadVelocity + s * sample.rightVelocity;
    case 'y_velocity':
      return s * sample.aheadVelocity - c * sample.rightVelocity;
    case 'heading':
      return heading + sample.yaw;
    case 'heading_velocity':
      return sample.yawRate;
    default:
      return sample[quantity];
  }
}

/** The robot's end: the sample in which quantities, by name, read as they are; what is not told is 0. */
export function sampleOf(
  read: Partial<Record<SpheroQuantity, number>>,
  { x, y, heading }: SpheroOptions['start'],
): Sample {
  const [c, s] = [Math.cos(heading), Math.sin(heading)];
  const [dx, dy] = [(read.x ?? x) - x, (read.y ?? y) - y];
  const [vx, vy] = [read.x_velocity ?? 0, read.y_velocity ?? 0];
  const yaw = (read.heading ?? heading) - heading;
  return {
    ...{ leftDuty: 0, rightDuty: 0, pitch: read.pitch ?? 0, roll: read.roll ?? 0 },
    yaw: yaw - 2 * Math.PI * Math.round(yaw / (2 * Math.PI)),
    yawRate: read.heading_velocity ?? 0,
    ...{ ahead: c * dx + s * dy, right: s * dx - c * dy },
    ...{ aheadVelocity: c * vx + s * vy, rightVelocity: s * vx - c * vy },
  };
}
