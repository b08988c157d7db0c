import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ForesightError } from '../../shared/errors';
import { StudyFile } from '../../shared/study';
import { number, Output } from './output';
import { measureRealtime, printRealtime } from './realtime';
import { runShown } from './run-shown';
import { withCore } from './with-core';

/** Planning time may grow by so much beside everything else, and the loop may be so much worse than a bare timer. */
const PLAN_BAR = 1.3;
const JITTER_BAR = 1.3;

/**
 * Learns a simulated rig's task in lockstep, then runs it in real time: alone, and beside a training and a window that
 * is open, both with recording.
 */
export async function benchLoadCommand(flags: { rig: string; seed: number }, out: Output): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-load-'));
  try {
    const report = await withCore({ ...out.options, data: folder }, async (core) => {
      const { rig, seed } = flags;
      const study = StudyFile.parse({
        ...{ schema: 'foresight.experiment/1', name: 'load', rig, mode: 'lockstep' },
        ...{ trials: 6, seeds: [seed] },
      });
      await core.rig.connect({ rig, mode: 'lockstep', seed });
      // Its table is no part of the result.
      const { model, cutShort } = await runShown(
        core,
        study,
        seed,
        new Output({ ...out.options, json: true }),
      );
      if (!model || cutShort !== null) {
        throw new ForesightError(
          'rig-refused',
          `Nothing was learned. ${cutShort ?? ''}`.trim(),
          'Try another seed.',
        );
      }
      await core.rig.disconnect();
      await core.rig.connect({ rig, mode: 'realtime', seed });
      return measureRealtime(core, study, model);
    });
    const planRatio = report.whileTraining.planMsP99 / report.alone.planMsP99;
    const { ratio } = report.whileTraining;
    const result = { ...report, planRatio, fits: planRatio < PLAN_BAR && ratio <= JITTER_BAR };
    out.result(result, () => {
      printRealtime(out, report);
      out.line();
      out.line(
        `p99 of planning time beside everything else: ${number(planRatio, 3)} × alone (bar ${PLAN_BAR}).`,
      );
      out.line(`p99 of the loop's lateness: ${number(ratio, 3)} × a bare timer's (bar ${JITTER_BAR}).`);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
