import { join } from 'node:path';
import { expect } from 'vitest';
import type { Core } from '../../src/main/core';
import { Seeing } from '../../src/main/dynamics/latent/seeing';
import { readSeen } from '../../src/main/jobs/latent-episodes';
import { compileActing } from '../../src/main/policy/representation/acting';
import { readPolicy } from '../../src/main/policy/representation/policy-file';
import { policySpace, toPhysical } from '../../src/main/policy/representation/space';
import { seenPlant } from '../../src/main/policy/world/seen';
import { openEngine } from '../../src/main/tensor';
import { stateNumbers } from '../../src/shared/eyes';
import { Random } from '../../src/shared/random';

/**
 * That an episode a policy drove in lockstep, its recording as a filter goes through it, and the simulation as the policy's evaluation
 * looks at it, are of the same beliefs and the same actions, number by number.
 * @param seed of the run whose first episode it is
 */
export async function expectBelievedAsRecorded(
  { core, folder }: { core: Core; folder: string },
  policy: string,
  { id, steps, seed }: { id: number; steps: number; seed: number },
): Promise<void> {
  const { summary, arrays, eyes } = await readPolicy(join(folder, 'policies', `${policy}.safetensors`));
  const { rig } = core.rig.require();
  const engine = await openEngine();
  const stretch = { episode: id, firstRow: 0, rows: steps + 1 };
  const [recorded] = await readSeen({ workspace: folder, stretches: [stretch] }, [stretch], eyes!.summary);
  const seeing = await Seeing.open(engine, eyes!, 1);
  const said = (await seeing.episode(recorded!)).columns.observations;
  const plant = await seenPlant(rig, rig.file.task, { eyes: eyes!, engine, seed: 0 });
  const space = policySpace(summary);
  const actor = { shape: summary.actor, arrays };
  const acting = await compileActing(engine, space, actor);
  const { actions } = await core.log.columns(id);
  const width = stateNumbers(eyes!.summary);
  let state = await plant.reset(new Random(seed).fork('start 0').integer(2 ** 31));
  for (let step = 0; step < steps; step++) {
    expect([...state]).toEqual([...said.subarray(width * step, width * (step + 1))]);
    const { greedy } = await acting.act(actor, Float32Array.from(state));
    expect(actions[step]).toBe(toPhysical(space, greedy)[0]);
    state = await plant.step([actions[step]!]);
  }
  await Promise.all([plant.dispose(), seeing.dispose(), acting.dispose()]);
}
