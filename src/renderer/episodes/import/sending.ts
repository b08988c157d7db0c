import { ForesightError } from '../../../shared/errors';
import { PIECE_BYTES } from '../../../shared/import';
import { api, useLink } from '../../api';
import { base64 } from '../../store/base64';

/** What was chosen or dropped: a file, or a folder as one run of bytes. */
export interface Brought extends Pick<File, 'name' | 'size' | 'lastModified' | 'slice'> {
  /** Of a folder: what is in it, in the order of its bytes. */
  files?: { path: string; bytes: number }[];
}

/** A file on its way into the workspace: its first piece has come. */
export interface Sending {
  file: Brought;
  upload: string;
  sent: number;
  /** The connection it came by, with which it goes. */
  connection: number;
}

/** Sends as much as tells what the file is. It is taken away again when it is no longer wanted, or cannot be sent. */
export async function beginSending(file: Brought, wanted: AbortSignal): Promise<Sending> {
  const connection = useLink.getState().generation;
  const { upload } = await api().imports.begin({
    ...{ name: file.name, bytes: file.size, modifiedAt: Math.max(0, Math.round(file.lastModified)) },
    ...(file.files && { files: file.files }),
  });
  const drop = () => void dropUpload(upload).catch(() => undefined);
  const sending = { file, upload, sent: 0, connection };
  try {
    wanted.throwIfAborted();
    wanted.addEventListener('abort', drop, { once: true });
    await sendPiece(sending);
    return sending;
  } catch (thrown) {
    drop();
    throw thrown;
  }
}

async function dropUpload(upload: string): Promise<void> {
  await api().imports.drop({ upload });
}

/** Whether what was sent is still there, as far as is known here. */
export const isHere = ({ connection }: Sending): boolean => connection === useLink.getState().generation;

/** Sends the rest; ends early when it is no longer wanted. */
export async function sendRest(
  sending: Sending,
  { signal, onSent }: { signal: AbortSignal; onSent: (bytes: number) => void },
): Promise<void> {
  while (sending.sent < sending.file.size) {
    signal.throwIfAborted();
    await sendPiece(sending);
    onSent(sending.sent);
  }
}

async function sendPiece(sending: Sending): Promise<void> {
  const { file, upload, sent } = sending;
  const bytes = await bytesOf(file, sent);
  await api().imports.piece({ upload, at: sent, data: base64(bytes) });
  sending.sent += bytes.length;
}

/** @throws ForesightError bad-file: a folder, or a file that was changed or taken away since it was chosen */
async function bytesOf(file: Brought, from: number): Promise<Uint8Array> {
  const until = Math.min(file.size, from + PIECE_BYTES);
  const bytes = await file
    .slice(from, until)
    .arrayBuffer()
    .catch(() => undefined);
  if (bytes?.byteLength === until - from) return new Uint8Array(bytes);
  throw new ForesightError(
    'bad-file',
    `${file.name} cannot be read: it is a folder, or it has changed since it was chosen.`,
    'Choose a file, once it is no longer written to. Nothing was imported.',
  );
}
