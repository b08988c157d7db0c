import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { ForesightError } from '../../../shared/errors';
import { answerQuestions } from '../../foreign/answering';
import { badFile } from '../faults';
import { type Hdf5, loadHdf5 } from './library';
import { lookAt } from './look';
import type { Hdf5Answer, Hdf5Question } from './messages';
import type { OpenFile } from './open-file';
import { readBytes, readRows } from './read-rows';
import { writePiece } from './write-pieces';

let open: (OpenFile & { path: string }) | undefined;

/** Reads and writes HDF5 files, in a process that may die of it: they are parsed by a library that others wrote. */
await answerQuestions<Hdf5Question, Hdf5Answer>(async (asked) => answer(await loadHdf5(), asked), loadHdf5);

function answer(hdf5: Hdf5, asked: Hdf5Question): Hdf5Answer {
  const name = basename(asked.path);
  try {
    hdf5.taken();
    const done = work(hdf5, asked);
    const { failed } = hdf5.taken();
    return failed === undefined ? done : { kind: 'unwritable', ...failed };
  } catch (thrown) {
    // After a trap or an abort nothing in the library can be relied on any more; whoever asked is told that this process ended.
    if (thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError) process.exit(1);
    const { reason, elsewhere, failed } = hdf5.taken();
    if (failed !== undefined) return { kind: 'unwritable', ...failed };
    const why = elsewhere === undefined ? reason : `it names another file, ${elsewhere}, which is not opened`;
    if (!(thrown instanceof ForesightError))
      throw badFile(name, '', `cannot be read (${why || String(thrown)})`);
    if (why === '' || thrown.code !== 'bad-data') throw thrown;
    throw new ForesightError('bad-data', `${thrown.message.replace(/\.$/, '')} (${why}).`, thrown.next);
  }
}

function work(hdf5: Hdf5, asked: Hdf5Question): Hdf5Answer {
  const { module } = hdf5;
  switch (asked.kind) {
    case 'look':
      return { kind: 'tree', tree: lookAt(opened(hdf5, asked.path, module.H5F_ACC_RDONLY)) };
    case 'read': {
      const file = opened(hdf5, asked.path, module.H5F_ACC_RDONLY);
      return { kind: 'rows', values: readRows(file, asked.dataset, asked.from, asked.to) };
    }
    case 'bytes': {
      const file = opened(hdf5, asked.path, module.H5F_ACC_RDONLY);
      return { kind: 'bytes', values: readBytes(file, asked.dataset, asked.from, asked.to) };
    }
    case 'write': {
      const { id, name } = opened(hdf5, asked.path, module.H5F_ACC_EXCL);
      for (const piece of asked.pieces) {
        if (!writePiece(module, id, piece)) throw badFile(name, piece.path, 'was not taken by the library');
      }
      return { kind: 'written' };
    }
    case 'finish':
      closeFile(hdf5, asked.path);
      return { kind: 'written' };
  }
}

function opened(hdf5: Hdf5, path: string, mode: number): OpenFile {
  if (open?.path === path) return open;
  if (open !== undefined) closeFile(hdf5, open.path);
  hdf5.allow(path);
  const id = hdf5.module.open(path, mode, false, -1, -1);
  if (id < 0n) throw badFile(basename(path), '', 'cannot be opened');
  open = { path, id, module: hdf5.module, name: basename(path), bytes: statSync(path).size };
  return open;
}

function closeFile({ module }: Hdf5, path: string): void {
  if (open?.path !== path) return;
  const { id, name } = open;
  open = undefined;
  if (module.close_file(id) < 0) throw badFile(name, '', 'was not closed by the library');
}
