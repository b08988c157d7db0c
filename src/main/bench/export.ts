import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FORMAT_NAMES, type FormatName } from '../../shared/export';
import { hostHere } from '../processes/here-host';
import { recordApart } from './record-apart';
import { runCli } from './run-cli';

/** Of what is written, 10⁶ bytes a second. */
export const EXPORT_BAR_MB_PER_SECOND = 50;
/** Channels of the recording: nine observations and three actions. */
const CHANNELS = 12;

export interface ExportBenchReport {
  rows: number;
  /** Numbers of channels: rows · 12. */
  values: number;
  exports: {
    format: FormatName;
    seconds: number;
    fileMB: number;
    mbPerSecond: number;
    peakMB: number | null;
  }[];
  barMBPerSecond: number;
}

/** Exports one long workspace in several formats, each by a command of its own: time, and the most memory it had. */
export async function benchExport(
  rows: number,
  formats: readonly FormatName[] = FORMAT_NAMES,
  onStep: (what: string) => void = () => {},
): Promise<ExportBenchReport> {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-export-'));
  try {
    const workspace = join(folder, 'workspace');
    onStep(`making a recording of ${rows} rows`);
    await recordApart(hostHere(), workspace, rows);
    const exports: ExportBenchReport['exports'] = [];
    for (const format of formats) {
      onStep(`exporting as ${format}`);
      const out = join(folder, `out-${format}`);
      const { seconds, peakMB } = await runCli([
        ...['export', '--format', format, '--out', out],
        ...['--data', workspace],
      ]);
      const fileMB = (await bytesOf(out)) / 1e6;
      exports.push({ format, seconds, fileMB, mbPerSecond: fileMB / seconds, peakMB });
      await rm(out, { recursive: true, force: true });
    }
    return { rows, values: rows * CHANNELS, exports, barMBPerSecond: EXPORT_BAR_MB_PER_SECOND };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of a file, or of all files in a folder. */
async function bytesOf(path: string): Promise<number> {
  const about = await stat(path);
  if (!about.isDirectory()) return about.size;
  const inside = await readdir(path);
  const sizes = await Promise.all(inside.map((name) => bytesOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}
