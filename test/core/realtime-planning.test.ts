import { describe, expect, it } from 'vitest';
import { TrainOptions } from '../../src/shared/model';
import { lacksStudies } from '../needs';
import { BALANCE, RANDOM_MOTION, withTestCore } from './workspace';

describe('a rig in real time whose planner takes 1.8 control periods', () => {
  it.skipIf(lacksStudies)('is planned for ahead, and records what every plan said of itself', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(BALANCE);
      const recorded = await core.activity.record({ ...RANDOM_MOTION, episodes: 20 });
      const training = await core.models.trainings.train({
        name: 'slow',
        episodes: recorded.map((outcome) => outcome.summary.id),
        options: TrainOptions.parse({ epochs: 60, class: { name: 'ensemble', members: 2, elites: 2 } }),
        last: 0,
      });
      const model = await training.done;
      await core.rig.disconnect();
      await core.rig.connect({ ...BALANCE, mode: 'realtime' });

      const ahead: number[] = [];
      const closing = new AbortController();
      const watching = (async () => {
        for await (const { plan } of core.telemetry.stream(closing.signal)) if (plan) ahead.push(plan.ahead);
      })();
      const [outcome] = await core.activity.run({
        model: model.hash,
        planner: { method: 'mppi', candidates: 40, horizon: 20, minimumMs: 36 },
        seed: 1,
      });
      closing.abort();
      await watching.catch(() => undefined);

      const columns = await core.log.columns(outcome!.summary.id, { predictions: true });
      const { id, steps } = outcome!.summary;
      const view = await core.episodes.rows(id, { from: 0, to: steps + 1 });
      const planned = [...columns.planMs].filter(Number.isFinite);
      expect(planned.length).toBeGreaterThan(0);
      expect(Math.min(...planned)).toBeGreaterThanOrEqual(36);
      // How fast this computer is otherwise, nobody knows; less than the slowness asked for it cannot be.
      expect(ahead.length).toBeGreaterThan(0);
      expect(Math.min(...ahead)).toBeGreaterThanOrEqual(2);
      const rows = planned.length;
      expect(view.insight?.expectedReturn.filter((value) => value !== null)).toHaveLength(rows);
      expect(view.insight?.candidates.filter((value) => value === 40)).toHaveLength(rows);
      expect(view.insight?.expectedReturn.at(-1)).toBeNull();
    });
  });
});
