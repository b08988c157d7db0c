/** What is asked of the process that holds the HDF5 library; each question names its file, which stays open until another is named. */
export type Hdf5Question =
  | { kind: 'look'; path: string }
  | { kind: 'read' | 'bytes'; path: string; dataset: string; from: number; to: number }
  /** The first one makes the file, which must not be there. */
  | { kind: 'write'; path: string; pieces: Hdf5Piece[] }
  /** All of it is with the system afterwards, and closed. */
  | { kind: 'finish'; path: string };

export type Hdf5Answer =
  | { kind: 'tree'; tree: Hdf5Tree }
  | { kind: 'rows'; values: Float64Array }
  | { kind: 'bytes'; values: Uint8Array }
  | { kind: 'written' }
  /** The system refused a write; `code` is its name for that ("ENOSPC"). */
  | { kind: 'unwritable'; code: string; message: string };

/** What a file holds, without its numbers. */
export interface Hdf5Tree {
  root: Hdf5Group;
  /** Texts that are attributes, by `path@name`; only those that a layout asks for. */
  texts: Record<string, string>;
}

export type Hdf5Node = Hdf5Group | Hdf5Dataset | Hdf5Link;

export interface Hdf5Group {
  kind: 'group';
  children: Record<string, Hdf5Node>;
}

export interface Hdf5Dataset {
  kind: 'dataset';
  /** Empty for a single value. */
  shape: number[];
  holds: 'numbers' | 'pictures' | 'something else';
  /** Why it cannot be read, as the end of a sentence; null where it can. */
  refused: string | null;
}

/** A name for what stands elsewhere in the file: not followed. */
export interface Hdf5Link {
  kind: 'link';
  to: string;
}

/** A thing that is written. Paths are absolute, and what is above them was written before. */
export type Hdf5Piece =
  | { kind: 'group'; path: string }
  /** All of its rows are there from the beginning, zeros; `shape` begins with how many. */
  | { kind: 'dataset'; path: string; type: NumberType; shape: number[]; packed?: boolean }
  | { kind: 'rows'; path: string; shape: number[]; first: number; values: Float64Array | Uint8Array }
  | { kind: 'text'; path: string; name: string; text: string }
  | { kind: 'count'; path: string; name: string; count: number };

export type NumberType = 'float64' | 'uint8';

/** An attribute whose text is read, and whose it is. */
export const TEXTS = [
  { path: '/', name: 'foresight' },
  { path: '/data', name: 'env_args' },
] as const;
