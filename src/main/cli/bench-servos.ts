import { hostHere } from '../processes/here-host';
import { number, type Output } from './output';
import { startProgress } from './progress';

export async function benchServosCommand({ cycles }: { cycles: number }, out: Output): Promise<void> {
  const { benchServos, CYCLES_BAR, P99_BAR } = await import('../bench/servos');
  const progress = startProgress('cycles', cycles);
  const report = await benchServos(hostHere(), {
    cycles,
    onCycle: (done, of) => progress.update(done, of),
  }).finally(() => progress.finish());
  out.result(report, () => {
    const { ours, plain, fits } = report;
    out.line('Six simulated motors on a pseudo-terminal: all feedback read, all goals written');
    out.table(
      ['', 'a second', 'p50 ms', 'p99 ms'],
      Object.entries({ 'our line': ours, 'a plain loop': plain }).map(([name, times]) => [
        name,
        ...[times.perSecond, times.p50Ms, times.p99Ms].map((value) => number(value, 3)),
      ]),
    );
    out.line();
    out.line(
      `${number(ours.perSecond, 3)} cycles a second (bar ${CYCLES_BAR}), p99 ${number(ours.p99Ms / plain.p99Ms, 3)} times that of the plain loop ` +
        `(bar ${P99_BAR}): ${fits ? 'inside' : 'not inside'}.`,
    );
  });
}
