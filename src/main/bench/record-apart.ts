import type { Host } from '../processes/port';
import { askBenchProcess } from './bench-child';

/** Makes the recording in a process of its own, whose memory is none of the caller's. */
export async function recordApart(host: Host, folder: string, rows: number): Promise<void> {
  const { process } = await askBenchProcess(
    host,
    'The process that makes a recording',
    { type: 'record', folder, rows },
    (message) => message.type === 'recorded' || undefined,
  );
  process.kill();
}
