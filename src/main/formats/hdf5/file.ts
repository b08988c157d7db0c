import { basename } from 'node:path';
import { ForesightError } from '../../../shared/errors';
import { ReadingProcess } from '../../foreign/asking';
import type { Host } from '../../processes/port';
import type { Hdf5Answer, Hdf5Piece, Hdf5Question, Hdf5Tree } from './messages';

/** How long one question may take, s: to look at a file with hundreds of thousands of things in it, on a busy machine. */
const LIMIT_SECONDS = 300;
/** The process goes with its file, and not before. */
const IDLE_SECONDS = 24 * 3600;
/** What is sent at once, bytes. */
const BATCH_BYTES = 2 ** 22;

/** An HDF5 file, in a process of its own that holds the library. */
export class Hdf5File {
  readonly #process: ReadingProcess<Hdf5Question, Hdf5Answer>;
  readonly name: string;
  #waiting: Hdf5Piece[] = [];
  #bytes = 0;

  constructor(
    host: Pick<Host, 'spawn'>,
    readonly path: string,
  ) {
    this.name = basename(path);
    this.#process = new ReadingProcess(host, {
      ...{ entry: 'hdf5-process', label: 'The process that reads and writes HDF5 files' },
      idleSeconds: IDLE_SECONDS,
    });
  }

  /** @throws ForesightError bad-data with the place of the fault; bad-file: it ended the process, or took too long */
  async look(): Promise<Hdf5Tree> {
    const answer = await this.#ask({ kind: 'look', path: this.path });
    if (answer.kind === 'tree') return answer.tree;
    throw unexpected(answer);
  }

  /** Rows `from` to `to` (exclusive) of a dataset, flat. @throws as `look` */
  async read(dataset: string, from: number, to: number): Promise<Float64Array> {
    const answer = await this.#ask({ kind: 'read', path: this.path, dataset, from, to });
    if (answer.kind === 'rows') return answer.values;
    throw unexpected(answer);
  }

  /** Of a dataset of bytes, the same as they are. @throws as `look` */
  async readBytes(dataset: string, from: number, to: number): Promise<Uint8Array> {
    const answer = await this.#ask({ kind: 'bytes', path: this.path, dataset, from, to });
    if (answer.kind === 'bytes') return answer.values;
    throw unexpected(answer);
  }

  /** Written with what is next, a few megabytes at a time. @throws the system's error where the disk refuses it */
  async write(...pieces: Hdf5Piece[]): Promise<void> {
    for (const piece of pieces) {
      this.#waiting.push(piece);
      this.#bytes += piece.kind === 'rows' ? piece.values.byteLength : 200;
      if (this.#bytes >= BATCH_BYTES) await this.#send();
    }
  }

  /** Writes what waits and closes the file. @throws as `write` */
  async finish(): Promise<void> {
    await this.#send();
    await this.#written({ kind: 'finish', path: this.path });
  }

  /** Ends the process. */
  close(): Promise<void> {
    return this.#process.close();
  }

  async #send(): Promise<void> {
    const pieces = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    await this.#written({ kind: 'write', path: this.path, pieces });
  }

  async #written(question: Hdf5Question): Promise<void> {
    const answer = await this.#ask(question);
    if (answer.kind === 'written') return;
    if (answer.kind !== 'unwritable') throw unexpected(answer);
    throw Object.assign(new Error(answer.message), { code: answer.code });
  }

  #ask(question: Hdf5Question): Promise<Hdf5Answer> {
    const isOurs = question.kind === 'write' || question.kind === 'finish';
    return this.#process.ask(question, {
      limitSeconds: LIMIT_SECONDS,
      what: this.name,
      next: isOurs
        ? 'Export again, and send this message to the developers.'
        : 'Get the file anew, or export it again where it comes from. Nothing was imported.',
    });
  }
}

function unexpected({ kind }: Hdf5Answer): ForesightError {
  return new ForesightError(
    'internal',
    `A question about an HDF5 file was answered with ${kind}.`,
    'Try again.',
  );
}
