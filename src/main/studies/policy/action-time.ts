import type { EngineName } from '../../../shared/model-options';
import { Random } from '../../../shared/random';
import type { RigFile } from '../../../shared/rig';
import { quantile } from '../../../shared/statistics';
import { stateWidth } from '../../dynamics/layout';
import { compileActing } from '../../policy/representation/acting';
import { policySpace } from '../../policy/representation/space';
import type { Actor } from '../../policy/representation/types';
import { openEngineOrDefault } from '../../tensor';

/** Enough for a 99th percentile that 20 of them lie beyond. */
const TIMED = 2000;
/** The first ones warm up. */
const WARM = 200;

/** Times of an action of a policy on one thread, from the state to the numbers, ms. */
export async function timeActions(
  rig: RigFile,
  history: number,
  actor: Actor,
  engine: EngineName,
): Promise<{ median: number; p99: number }> {
  const space = policySpace(rig, history);
  const acting = await compileActing(await openEngineOrDefault(engine), space, actor);
  try {
    const random = new Random(0);
    const times: number[] = [];
    for (let i = 0; i < WARM + TIMED; i++) {
      const state = random.fillNormal(new Float32Array(stateWidth(space.layout)));
      const began = performance.now();
      await acting.act(actor, state);
      if (i >= WARM) times.push(performance.now() - began);
    }
    return { median: quantile(times, 0.5), p99: quantile(times, 0.99) };
  } finally {
    await acting.dispose();
  }
}
