/** A picture [height, width, channels] of bytes; one channel is brightness, of more the first three are red, green and blue. */
export interface Pixels {
  width: number;
  height: number;
  channels: number;
  data: Uint8Array | Uint8ClampedArray;
  /** [height, width] mm, 0 where it is not known. */
  depth?: Uint16Array;
}

/** Brightness of red, green and blue, as television has it (ITU-R BT.601). */
export const LUMA = [0.299, 0.587, 0.114] as const;
