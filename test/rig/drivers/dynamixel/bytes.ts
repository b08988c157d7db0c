/** "FF FF FD". */
export const hex = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString('hex')
    .toUpperCase()
    .replace(/(..)(?!$)/g, '$1 ');
export const fromHex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
export const both = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
