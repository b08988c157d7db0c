const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x8005 : crc << 1;
  return crc;
});

/**
 * CRC-16 of Dynamixel's protocol 2.0 (catalogue name CRC-16/UMTS): polynomial 0x8005, start 0, nothing reflected; of "123456789"
 * 0xFEE8. `before` is that of what came before.
 */
export function crc16(bytes: Uint8Array, from: number, to: number, before = 0): number {
  let crc = before;
  for (let i = from; i < to; i++) {
    crc = ((crc << 8) ^ (TABLE[((crc >> 8) ^ (bytes[i] ?? 0)) & 0xff] ?? 0)) & 0xffff;
  }
  return crc;
}
