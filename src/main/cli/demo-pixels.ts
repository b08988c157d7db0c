import { mean } from '../../shared/statistics';
import { StudyFile } from '../../shared/study';
import { wasCut } from '../core/conductor';
import { cutShort } from './cut-short';
import { number, type Output } from './output';
import { runShown } from './run-shown';
import { withCore } from './with-core';

/** Episodes that the model is judged by, from other starts, and that nothing is learned from. */
const JUDGED = 10;

/** The pendulum from pictures alone: what its camera sees, and no angle, no velocity. */
const pixelStudy = (seed: number): StudyFile =>
  StudyFile.parse({
    ...{ schema: 'foresight.experiment/1', name: 'demo-pixels', rig: 'pendulum-camera', seeds: [seed] },
    ...{ randomEpisodes: 11, holdSteps: 5, trials: 1 },
    model: {
      class: { name: 'latent-frame', size: 32, encoderSteps: 3000 },
      ...{ loss: { name: 'k-step', steps: 16 }, epochs: 150 },
    },
    // Forty steps and slow noise find the swing that pays from the hardest starts.
    planner: { method: 'icem', horizon: 40, candidates: 400, iterations: 4, noiseExponent: 3 },
    evaluate: { episodes: JUDGED, at: [2200] },
  });

/** Random motion, a model of what the camera saw, and plans in its latent states. */
export async function demoFromPixels(
  out: Output,
  { seed, workspace }: { seed: number; workspace: string },
): Promise<void> {
  const started = performance.now();
  const study = pixelStudy(seed);
  const done = await withCore({ ...out.options, data: workspace }, async (core) => {
    await core.rig.connect({ rig: study.rig, mode: study.mode, seed });
    const result = await runShown(core, study, seed, out);
    const cut =
      result.cutShort ?? result.evaluations.flatMap(({ outcomes }) => outcomes).find(wasCut)?.reason;
    if (cut) throw await cutShort(core, `The demo in ${core.options.folder} was cut short.`, cut);
    return { result, folder: core.options.folder };
  });
  const { result, folder } = done;
  const outcomes = result.evaluations.flatMap((evaluation) => evaluation.outcomes);
  const wallSeconds = (performance.now() - started) / 1000;
  const meanReturn = mean(outcomes.map((outcome) => outcome.return));
  const trialsShown = result.trials.map((row) => ({
    ...{ trial: row.trial, frames: row.transitions, return: row.return },
  }));
  out.result(
    {
      trials: trialsShown,
      evaluation: { episodes: outcomes.length, meanReturn },
      ...{ wallSeconds, model: result.model?.hash ?? null, workspace: folder },
    },
    () => {
      out.line();
      out.line(
        `After ${result.evaluations[0]?.transitions} frames: ${number(meanReturn, 4)} on average over ${outcomes.length} episodes, by what the camera saw alone; in ${number(wallSeconds, 3)} s.`,
      );
      out.line(`Workspace       ${folder}`);
      out.line(`Look at it:     npm start -- --data ${folder}`);
    },
  );
}
