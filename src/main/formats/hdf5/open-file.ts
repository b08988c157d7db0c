import type { H5Module } from './library';

/** An HDF5 file that is open in this process. */
export interface OpenFile {
  module: H5Module;
  id: bigint;
  /** For sentences. */
  name: string;
  bytes: number;
}

/** HDF5's classes of types. */
export const [INTEGER, FLOAT, STRING, ENUM] = [0, 1, 3, 8];
