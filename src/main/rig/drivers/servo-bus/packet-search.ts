import type { PacketCounters, PacketDecoder } from './protocol';

/** How a protocol's frames are told from whatever else comes. */
export interface Frames<Packet> {
  /** Bytes of the frame that begins at `at`, if one does. */
  lengthAt(bytes: Uint8Array, at: number): number | 'none' | 'incomplete';
  /** Whether the checksum of a frame is right. */
  isWhole(bytes: Uint8Array, at: number, length: number): boolean;
  packetAt(bytes: Uint8Array, at: number, length: number): Packet;
}

/**
 * Finds packets in whatever comes. A frame with a wrong checksum may have begun in the middle of noise, so the search goes
 * on one byte after its beginning and not after its end: no good packet is lost with a bad one.
 */
export class PacketSearch<Packet> implements PacketDecoder<Packet> {
  readonly counters: PacketCounters = { bytes: 0, packets: 0, badChecksum: 0, noise: 0 };
  private rest: Uint8Array = new Uint8Array(0);

  constructor(private readonly frames: Frames<Packet>) {}

  push(bytes: Uint8Array): Packet[] {
    this.counters.bytes += bytes.length;
    return this.search(bytes, false);
  }

  flush(): Packet[] {
    return this.search(new Uint8Array(0), true);
  }

  private search(bytes: Uint8Array, atEnd: boolean): Packet[] {
    const all = new Uint8Array(this.rest.length + bytes.length);
    all.set(this.rest);
    all.set(bytes, this.rest.length);
    const packets: Packet[] = [];
    let at = 0;
    while (at < all.length) {
      const length = this.frames.lengthAt(all, at);
      if (length === 'incomplete' && !atEnd) break;
      if (typeof length === 'number') {
        if (this.frames.isWhole(all, at, length)) {
          packets.push(this.frames.packetAt(all, at, length));
          at += length;
          continue;
        }
        this.counters.badChecksum++;
      }
      this.counters.noise++;
      at++;
    }
    this.rest = all.slice(at);
    this.counters.packets += packets.length;
    return packets;
  }
}
