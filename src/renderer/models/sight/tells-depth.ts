/** A PNG file begins with eight bytes, then come its chunks: length, name, content, checksum. */
const SIGNATURE = 8;
const AROUND = 12;
/** The chunk that depth lies in (docs/decisions/0035). */
const DEPTH_CHUNK = 'dpTH';

/** Whether a picture came with how deep lies what it shows. @param picture a file, base64 */
export function tellsDepth({ kind, file }: { kind: 'png' | 'jpeg'; file: string }): boolean {
  if (kind !== 'png') return false;
  const bytes = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  for (let at = SIGNATURE; at + AROUND <= bytes.length; at += AROUND + view.getUint32(at)) {
    if (String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === DEPTH_CHUNK) return true;
  }
  return false;
}
