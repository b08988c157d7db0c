import type { WindowReport } from '../bench/window/window';
import { endOnDefect, interrupts } from './interrupts';
import { number, type Output } from './output';
import { startProgress } from './progress';

export interface WindowFlags {
  browser?: string;
  browserArg: string[];
  rounds: number;
  seconds: number;
}

export async function benchWindowCommand(flags: WindowFlags, out: Output): Promise<void> {
  const { benchWindow } = await import('../bench/window/window');
  const { browser, browserArg: browserArgs, rounds, seconds } = flags;
  const stop = interrupts();
  endOnDefect();
  const progress = startProgress('window', rounds + 4);
  let phases = 0;
  const report = await benchWindow({
    ...{ browser, browserArgs, rounds, seconds, stop },
    onPhase: (phase) => progress.update(phases++, rounds + 4, phase),
  }).finally(() => progress.finish());
  out.result(report, () => printWindow(out, report));
}

function printWindow(out: Output, { rows, frames, scrubbing }: WindowReport): void {
  out.table(
    ['wait', 'median ms', 'max ms', 'times', 'bar ms', 'met'],
    rows.map(({ name, medianMs, maxMs, times, barMs, met }) => [
      ...[name, number(medianMs, 4), number(maxMs, 4), String(times)],
      ...[String(barMs), met ? 'yes' : 'no'],
    ]),
  );
  out.line();
  const { thread } = frames;
  out.line(
    `Script time of a frame while a run streams at 50 Hz: median ${number(frames.p50, 3)} ms, p99 ` +
      `${number(frames.p99, 3)} ms (bar ${frames.barMs}: ${frames.met ? 'met' : 'not met'}), largest ` +
      `${number(frames.max, 3)} ms, ${frames.overBar} of ${frames.frames} frames above the bar.`,
  );
  out.line(
    `By the clock of the page's thread, without what passed while others had the processor: median ` +
      `${number(thread.p50, 3)} ms, p99 ${number(thread.p99, 3)} ms, largest ${number(thread.max, 3)} ms.`,
  );
  const { framesPerSecond, picturesPerSecond, shown, picture, thread: scrubbed } = scrubbing;
  out.line(
    `Scrubbing a long episode: ${number(framesPerSecond, 3)} frames and ${number(picturesPerSecond, 3)} pictures a second; ` +
      `a row is shown after ${number(shown.p50, 3)} ms (median; p99 ${number(shown.p99, 3)}), the picture of a place ` +
      `far away after ${number(picture.p50, 3)} (p99 ${number(picture.p99, 3)}, bar ${picture.barMs}: ${picture.met ? 'met' : 'not met'}). ` +
      `A frame's script by the clock of the page's thread: median ${number(scrubbed.p50, 3)} ms, p99 ` +
      `${number(scrubbed.p99, 3)} (bar ${number(scrubbed.barMs, 3)}, 60 Hz: ${scrubbed.met ? 'met' : 'not met'}).`,
  );
}
