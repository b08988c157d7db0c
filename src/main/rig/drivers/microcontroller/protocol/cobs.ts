/**
 * Consistent Overhead Byte Stuffing (Cheshire & Baker 1999): any bytes become bytes without a zero, at the cost of
 * one byte in 254, so that a zero can end a frame and a receiver finds the next frame after any damage.
 */
export function cobsEncode(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + Math.floor(bytes.length / 254) + 1);
  let codeAt = 0;
  let end = 1;
  const closeBlock = () => {
    out[codeAt] = end - codeAt;
    codeAt = end++;
  };
  for (const [i, byte] of bytes.entries()) {
    if (byte === 0) closeBlock();
    else {
      out[end++] = byte;
      // A full block that ends the input needs no further one.
      if (end - codeAt === 0xff && i < bytes.length - 1) closeBlock();
    }
  }
  out[codeAt] = end - codeAt;
  return out.subarray(0, end);
}

/** The bytes behind `stuffed` (without its closing zero), or undefined where no encoder can have made it. */
export function cobsDecode(stuffed: Uint8Array): Uint8Array | undefined {
  const out = new Uint8Array(stuffed.length);
  let end = 0;
  let at = 0;
  while (at < stuffed.length) {
    const code = stuffed[at] ?? 0;
    const next = at + code;
    if (code === 0 || next > stuffed.length) return undefined;
    for (let i = at + 1; i < next; i++) {
      const byte = stuffed[i] ?? 0;
      if (byte === 0) return undefined;
      out[end++] = byte;
    }
    if (code < 0xff && next < stuffed.length) out[end++] = 0;
    at = next;
  }
  return stuffed.length === 0 ? undefined : out.subarray(0, end);
}
