import type { backend_util } from '@tensorflow/tfjs-core';
import type { Ref } from '../graph';
import type { Trace } from '../trace';

/** Sizes, strides, dilations and padding of a window that moves over an image, as tfjs counts them. */
export type Geometry = backend_util.Conv2DInfo;

/** [batch, height, width, channels], as in tfjs, to [batch, channels, height, width], as in ONNX, and back. */
export const channelsFirst = (t: Trace, ref: Ref): Ref => t.transpose(ref, [0, 3, 1, 2]);
export const channelsLast = (t: Trace, ref: Ref): Ref => t.transpose(ref, [0, 2, 3, 1]);

/**
 * Padding before and after an axis. ONNX counts windows by rounding down and tfjs by the mode it is given: at the far
 * end exactly so much is padded that both count the same.
 */
function padding(
  near: number,
  size: number,
  count: number,
  stride: number,
  extent: number,
): [number, number] {
  return [near, Math.max(0, (count - 1) * stride + extent - size - near)];
}

/** tfjs, given one number for all padding, counts the columns of windows by the height and the stride of the rows. */
export function checkPadding(g: Geometry): Geometry {
  const square = g.effectiveFilterHeight === g.effectiveFilterWidth && g.strideHeight === g.strideWidth;
  if (square || g.padInfo.type === 'SAME' || g.padInfo.type === 'EXPLICIT') return g;
  const columns =
    Math.floor((g.inWidth + g.padInfo.left + g.padInfo.right - g.effectiveFilterWidth) / g.strideWidth) + 1;
  if (columns === g.outWidth) return g;
  throw new RangeError(
    'padding by a number needs a square window and equal strides; give the padding of every side',
  );
}

/** The attributes of the ONNX operators that move a window over an image. */
export function windows(g: Geometry): { strides: number[]; dilations: number[]; pads: number[] } {
  const rows = padding(g.padInfo.top, g.inHeight, g.outHeight, g.strideHeight, g.effectiveFilterHeight);
  const columns = padding(g.padInfo.left, g.inWidth, g.outWidth, g.strideWidth, g.effectiveFilterWidth);
  return {
    strides: [g.strideHeight, g.strideWidth],
    dilations: [g.dilationHeight, g.dilationWidth],
    pads: [rows[0], columns[0], rows[1], columns[1]],
  };
}
