import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EstopReport } from '../bench/estop';
import { number, type Output } from './output';
import { startProgress } from './progress';
import { withCore } from './with-core';

interface EstopFlags {
  times: number;
  seed: number;
  servos: boolean;
  rig: string;
}

export async function benchEstopCommand(flags: EstopFlags, out: Output): Promise<void> {
  if (flags.servos) return benchEstopServosCommand(flags, out);
  const { benchEstop, IDLE_BAR_MS, TRAINING_BAR_MS } = await import('../bench/estop');
  const folder = await mkdtemp(join(tmpdir(), 'foresight-estop-'));
  try {
    const progress = startProgress('stops', 2 * flags.times);
    const report = await withCore({ ...out.options, data: folder }, (core) =>
      benchEstop(core, {
        ...{ n: flags.times, seed: flags.seed },
        onStop: (done, of) => progress.update(done, of),
      }),
    ).finally(() => progress.finish());
    out.result(report, () => printEstop(out, report, IDLE_BAR_MS, TRAINING_BAR_MS));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Until every motor says of itself that it holds, or that its torque is off. */
async function benchEstopServosCommand(flags: EstopFlags, out: Output): Promise<void> {
  const { benchEstopServos } = await import('../bench/estop-servos');
  const folder = await mkdtemp(join(tmpdir(), 'foresight-estop-'));
  try {
    const progress = startProgress('stops and releases', 4 * flags.times);
    const report = await withCore({ ...out.options, data: folder }, (core) =>
      benchEstopServos(core, {
        ...{ rig: flags.rig, n: flags.times, seed: flags.seed },
        onStop: (done, of) => progress.update(done, of),
      }),
    ).finally(() => progress.finish());
    out.result(report, () => {
      const { idle, whileTraining } = report;
      out.line(
        `${report.rig}, simulated on a pseudo-terminal, moving: until every motor has been read back, ms`,
      );
      out.table(
        ['', 'times', 'p50', 'p99', 'max', 'not confirmed', 'bare timer p99'],
        Object.entries({ idle, 'beside a training': whileTraining }).flatMap(([name, way]) =>
          Object.entries({ 'e-stop to hold': way.stop, 'release to torque off': way.release }).map(
            ([what, spread]) => [
              `${what}, ${name}`,
              `${spread.n}`,
              ...[spread.p50Ms, spread.p99Ms, spread.maxMs].map((ms) => number(ms, 3)),
              `${way.unconfirmed}`,
              number(way.bareTimerP99Ms, 3),
            ],
          ),
        ),
      );
      out.line();
      out.line(`Bar: p99 at most ${report.barMs} ms: ${report.fits ? 'inside' : 'not inside'}.`);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function printEstop(
  out: Output,
  { idle, whileTraining, fits }: EstopReport,
  idleBar: number,
  bar: number,
): void {
  out.line('From the call of the e-stop to its bytes on the wire of a moving rig, ms');
  out.table(
    ['', 'stops', 'p50', 'p99', 'max', 'bare timer p50', 'bare timer p99'],
    Object.entries({ idle, 'beside a training': whileTraining }).map(([name, way]) => [
      name,
      `${way.n}`,
      ...[way.p50Ms, way.p99Ms, way.maxMs, way.bareTimerP50Ms, way.bareTimerP99Ms].map((ms) => number(ms, 3)),
    ]),
  );
  out.line();
  const more = whileTraining.p99Ms - whileTraining.bareTimerP99Ms;
  out.line(
    `p99 idle ${number(idle.p99Ms, 3)} ms (bar ${idleBar}); beside a training ${number(more, 3)} ms ` +
      `more than the bare timer (bar ${bar}): ${fits ? 'inside' : 'not inside'}.`,
  );
}
