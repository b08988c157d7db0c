import { open, stat } from 'node:fs/promises';
import { ForesightError } from '../../shared/errors';

/** So much of a file's beginning says what it is, bytes. */
const HEAD_BYTES = 4096;

/** A kind of file that Foresight writes where a person says. */
export interface OwnKind {
  /** In a sentence: "an exported model". */
  what: string;
  /** @param head of a file that is there, at most 4096 bytes as Latin-1 */
  isOne(head: string): boolean;
}

/**
 * Whether `file` may be written: there is nothing yet, or an earlier one of the same kind, or whoever asks says `force`.
 * What is no plain file (a folder, a device, a pipe) is never replaced.
 * @throws wrong-use
 */
export async function requireReplaceable(
  file: string,
  kind: OwnKind,
  { force = false }: { force?: boolean | undefined } = {},
): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isFile()) {
    const what = found.isDirectory() ? 'a folder' : 'no plain file';
    throw new ForesightError(
      'wrong-use',
      `${file} is ${what}, so nothing can be written in its place.`,
      'Name a file.',
    );
  }
  if (force || found.size === 0 || kind.isOne(await headOf(file))) return;
  throw new ForesightError(
    'wrong-use',
    `${file} is there already and is not ${kind.what} of Foresight, so it is not replaced.`,
    'Name another file, or add --force to replace it.',
  );
}

async function headOf(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
