import { nodeHost } from '../processes/node-host';
import type { Host } from '../processes/port';
import { hdf5Reader } from './hdf5/reader';
import { lerobotReader } from './lerobot/reader';
import { mcapReader } from './mcap/reader';
import { parquetReader } from './parquet/reader';
import type { Dataset, DatasetOptions, FormatReader } from './types';

const READERS: readonly FormatReader[] = [lerobotReader, parquetReader, mcapReader, hdf5Reader];

/**
 * Opens a file or folder by what is in it, whatever its name.
 * @returns undefined where it is none of these: a text, as far as anybody knows
 * @throws ForesightError not-found, bad-file, bad-data
 */
export async function openDataset(
  path: string,
  options: DatasetOptions = {},
  host: Pick<Host, 'spawn'> = nodeHost(),
): Promise<Dataset | undefined> {
  for (const reader of READERS) {
    const dataset = await reader.open(path, options, host);
    if (dataset !== undefined) return dataset;
  }
  return undefined;
}
