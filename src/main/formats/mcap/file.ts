import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import * as zlib from 'node:zlib';
import { McapIndexedReader } from '@mcap/core';
import { openForeign } from '../../foreign/read';
import { badFile, faultsOf } from '../faults';

const FILE = {
  what: 'an MCAP file',
  most: 2 ** 40,
  next: 'Check its name and that you may read it. Nothing was imported.',
};

/** Bytes of a record, and of a chunk when it is unpacked, that are held at once. */
const MOST_BYTES = 2 ** 28;

export interface McapFile {
  name: string;
  reader: McapIndexedReader;
  handle: FileHandle;
}

/** Opens a file by its summary. @throws ForesightError bad-data: cut short, or lengths that cannot be */
export async function openMcap(path: string): Promise<McapFile> {
  const { handle, bytes } = await openForeign(path, FILE);
  const name = basename(path);
  const readable = {
    size: async () => BigInt(bytes),
    async read(offset: bigint, length: bigint): Promise<Uint8Array> {
      if (offset < 0n || length < 0n || offset + length > BigInt(bytes)) {
        throw badFile(
          name,
          `byte ${offset}`,
          `a record is said to be ${length} bytes long, which is not in the file`,
        );
      }
      if (length > MOST_BYTES) {
        throw badFile(name, `byte ${offset}`, `a record is ${length} bytes long, more than ${MOST_BYTES}`);
      }
      const buffer = new Uint8Array(Number(length));
      for (let at = 0; at < buffer.length; ) {
        const { bytesRead } = await handle.read(buffer, at, buffer.length - at, Number(offset) + at);
        if (bytesRead === 0) throw badFile(name, `byte ${Number(offset) + at}`, 'ends here, in the middle');
        at += bytesRead;
      }
      return buffer;
    },
  };
  try {
    const reader = await faultsOf(name, 'summary', () =>
      McapIndexedReader.Initialize({ readable, decompressHandlers: unpackers(name) }),
    );
    return { name, reader, handle };
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

function unpackers(name: string) {
  const unpack = (bytes: Uint8Array, size: bigint): Uint8Array => {
    if (size > MOST_BYTES)
      throw badFile(name, 'a chunk', `would unpack to ${size} bytes, more than ${MOST_BYTES}`);
    return zlib.zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, Number(size)) });
  };
  const next = 'Write it with Zstandard or without compression (mcap compress). Nothing was imported.';
  const refuse = (): never => {
    throw badFile(name, 'a chunk', 'is compressed with LZ4, which is not read', next);
  };
  return { ...(typeof zlib.zstdDecompressSync === 'function' && { zstd: unpack }), lz4: refuse };
}
