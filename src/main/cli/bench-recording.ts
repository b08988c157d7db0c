import type { RecordingBenchOptions } from '../bench/recording-report';
import { number, type Output } from './output';
import { startProgress } from './progress';

/** One long episode in real time: what was dropped, and how much memory it took. */
export async function benchRecordingCommand(flags: RecordingBenchOptions, out: Output): Promise<void> {
  const { benchRecording } = await import('../bench/recording');
  const wanted = Math.round(flags.seconds * flags.rate);
  const progress = startProgress('recording', wanted);
  const report = await benchRecording(flags, (step) => progress.update(step, wanted)).finally(() =>
    progress.finish(),
  );
  const megabytes = (value: number | null) => (value === null ? 'not known here' : `${number(value, 3)} MB`);
  out.result(report, () => {
    out.line(
      `${flags.channels} channels at ${flags.rate} Hz for ${flags.seconds} s: ${report.steps} of ${wanted} steps, ` +
        `${report.overruns} periods without one.`,
    );
    for (const { name, frames, dropped } of report.pictures) {
      out.line(`${name}, 640 × 480 at 30 Hz: ${frames} pictures, ${dropped} dropped.`);
    }
    const { latenessMs: late } = report;
    if (late) {
      out.line(
        `Ticks late by ${number(late.p50, 3)} ms (p50), ${number(late.p99, 3)} (p99), ${number(late.max, 3)} at most.`,
      );
    }
    out.line(
      `Memory at most: core ${megabytes(report.coreMB)}, rig ${megabytes(report.rigMB)}; bar ${report.barMB} MB together. ` +
        `The log has ${number(report.fileMB, 3)} MB: ${report.fits ? 'fits' : 'does not fit'}.`,
    );
  });
}
