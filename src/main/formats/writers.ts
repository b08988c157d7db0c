import { lerobotWriter } from './lerobot/writer';
import { mcapWriter } from './mcap/writer';
import { parquetWriter } from './parquet/writer';
import type { FormatName, FormatWriter } from './types';

export const WRITERS: Record<FormatName, FormatWriter> = {
  parquet: parquetWriter,
  lerobot: lerobotWriter,
  mcap: mcapWriter,
};
