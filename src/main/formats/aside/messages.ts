import type { Dataset, DatasetHead, DatasetOptions, DatasetPart, WantedColumns } from '../types';

/** To a process that reads one data set, one question after the other. */
export type DatasetQuestion =
  | { kind: 'open'; path: string; options: DatasetOptions }
  /** Begins to read, from its first row on, whatever was being read before. */
  | { kind: 'read'; columns: WantedColumns }
  /** What follows. */
  | { kind: 'next' };

export type DatasetAnswer =
  | { kind: 'opened'; head: DatasetHead; rigFile: Dataset['rigFile'] }
  /** None that is known here. */
  | { kind: 'unknown' }
  | { kind: 'reading' }
  | { kind: 'part'; part: DatasetPart }
  | { kind: 'end' };
