import type { FormatName } from '../../shared/export';
import { csvWriter } from './csv/writer';
import { d4rlWriter, minariWriter, robomimicWriter } from './hdf5/writer';
import { lerobotWriter } from './lerobot/writer';
import { mcapWriter } from './mcap/writer';
import { parquetWriter } from './parquet/writer';
import type { FormatWriter } from './types';

export const WRITERS: Record<FormatName, FormatWriter> = {
  parquet: parquetWriter,
  csv: csvWriter,
  lerobot: lerobotWriter,
  mcap: mcapWriter,
  robomimic: robomimicWriter,
  minari: minariWriter,
  d4rl: d4rlWriter,
};
