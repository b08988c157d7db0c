import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ForesightError } from '../../shared/errors';
import { createCore } from '../core';
import type { Host } from '../processes/port';
import type { ToBenchProcess } from './bench-messages';
import { ownPeakMB, sumPeaks } from './peak-memory';
import { RECORDING_BAR_MB, type RecordingReport } from './recording-report';

/** Records an episode of a rig with a core in this process, whose memory is the core's. @param onStep about once a second */
export async function recordAsCore(
  { workspace: folder, rig, options }: Extract<ToBenchProcess, { type: 'be-core' }>,
  host: Host,
  onStep: (step: number) => void,
): Promise<RecordingReport> {
  const watched = sumPeaks(host);
  const core = await createCore({ folder, host: watched.host, hostKind: 'node', version: 'bench' });
  try {
    await core.rig.connect({ rig, mode: 'realtime', seed: 0 });
    const maxSteps = Math.round(options.seconds * options.rate);
    const wanted = { episodes: 1, maxSteps, useTermination: false, seed: 0, unattended: true };
    const [outcome] = await core.activity.record(wanted, {
      onStep: (step) => {
        if (step % options.rate === 0) onStep(step);
      },
    });
    if (!outcome) throw new ForesightError('internal', 'Nothing was recorded.', 'Run the benchmark again.');
    const { id, steps, durationSeconds } = outcome.summary;
    // A tick that is late may have skipped several.
    const overruns = Math.max(0, Math.round(durationSeconds * options.rate) - steps);
    const { jitter } = core.rig.status.link;
    await core.rig.disconnect();
    const cameras = await core.log.cameras(id);
    const coreMB = ownPeakMB();
    const rigMB = watched.totalMB();
    const dropped = cameras.reduce((sum, camera) => sum + camera.dropped, 0);
    return {
      ...options,
      ...{ steps, overruns, coreMB, rigMB, barMB: RECORDING_BAR_MB },
      pictures: cameras.map(({ name, frames, dropped }) => ({ name, frames, dropped })),
      fileMB: (await stat(join(folder, 'foresight.db'))).size / 1e6,
      latenessMs: jitter && { p50: jitter.p50, p99: jitter.p99, max: jitter.max },
      fits:
        steps === maxSteps &&
        overruns === 0 &&
        dropped === 0 &&
        coreMB !== null &&
        rigMB !== null &&
        coreMB + rigMB <= RECORDING_BAR_MB,
    };
  } finally {
    watched.stop();
    await core.close();
  }
}
