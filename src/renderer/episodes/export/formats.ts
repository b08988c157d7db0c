import type { FormatName } from '../../../shared/export';

/** As they are called, with what is made and whom it is for. */
export const FORMATS: readonly { value: FormatName; label: string }[] = [
  { value: 'parquet', label: 'Parquet: one table, for pandas, Polars, DuckDB' },
  { value: 'csv', label: 'CSV: one table as text, for spreadsheets' },
  { value: 'lerobot', label: 'LeRobot v3.0: a folder, for imitation learning, with videos' },
  { value: 'mcap', label: 'MCAP: one file, for Foxglove and Lichtblick' },
  { value: 'robomimic', label: 'HDF5 as robomimic has it: one file, with pictures' },
  { value: 'minari', label: 'HDF5 as Minari has it: a folder, with pictures' },
  { value: 'd4rl', label: 'HDF5 as D4RL has it: one file' },
];
