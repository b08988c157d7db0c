import { join } from 'node:path';
import type { MjModel } from '@mujoco/mujoco';
import { type Rig, simulationOf } from '../../../shared/rig';
import { bindModel } from '../drivers/mujoco/binding';
import { compileModel } from '../drivers/mujoco/compile';
import { loadMujoco, type Mujoco } from '../drivers/mujoco/engine';
import { indexOf } from '../drivers/mujoco/lookup';
import { isScalarJoint, modelNames } from '../drivers/mujoco/model';
import { loadRig } from './load';
import { badRig, quoted } from './problems';

/** Reads a rig and everything it names; resolves with it, or throws bad-file with every problem found. */
export async function checkRig(nameOrPath: string, userFolder?: string): Promise<Rig> {
  const rig = await loadRig(nameOrPath, userFolder);
  const problems = [...(await modelProblems(rig)), ...(await simulationProblems(rig))];
  if (problems.length > 0) throw badRig(join(rig.folder, 'rig.json'), problems);
  return rig;
}

async function modelProblems(rig: Rig): Promise<string[]> {
  const mujoco = await loadMujoco();
  const { mujoco: options, scene } = rig.file;
  const models = new Map<string, MjModel>();
  // A rig is drawn by the model that it is simulated by, more often than not: compiled once.
  const compiled = (path: string) => {
    const model = models.get(path) ?? compileModel(mujoco, rig.folder, path);
    models.set(path, model);
    return model;
  };
  try {
    const bound = options ? bindModel(mujoco.module, compiled(options.model), rig.file).problems : [];
    return [
      ...bound.map(({ path, message }) => `${path}: expected ${message}`),
      ...sceneProblems(mujoco, rig, compiled(scene.model)),
    ];
  } finally {
    for (const model of models.values()) model.delete();
  }
}

function sceneProblems({ module }: Mujoco, { file }: Rig, model: MjModel): string[] {
  const names = modelNames(model).joints;
  const scalar = names.map((_, joint) => joint).filter((joint) => isScalarJoint(module, model, joint));
  const channels = file.observations.map(({ name }) => name);
  return Object.entries(file.scene.joints).flatMap(([joint, channel]) => {
    const path = `scene.joints.${joint}`;
    const known = quoted(scalar.map((index) => names[index] || `#${index}`));
    return [
      ...(scalar.includes(indexOf(names, joint))
        ? []
        : [`${path}: expected the name of a hinge or slide joint of the drawing (${known})`]),
      ...(channels.includes(channel)
        ? []
        : [`${path}: expected an observation channel (${quoted(channels)}), found "${channel}"`]),
    ];
  });
}

/** The simulated firmware speaks for the real one, so its plant must have the same channels. */
async function simulationProblems(rig: Rig): Promise<string[]> {
  const simulation = simulationOf(rig.file);
  if (simulation === undefined) return [];
  const field = `${rig.file.driver}.simulation`;
  const plant = await loadRig(simulation);
  if (plant.file.driver !== 'mujoco') {
    return [`${field}: expected a rig with driver "mujoco", found driver "${plant.file.driver}"`];
  }
  // Not what the plant itself would be simulated by: a rig that names itself would have no end.
  const wrong = await modelProblems(plant);
  if (wrong.length > 0) throw badRig(join(plant.folder, 'rig.json'), wrong);
  const signature = (channels: { name: string; unit: string }[]) =>
    channels.map((channel) => `${channel.name} [${channel.unit}]`).join(', ');
  const problems: string[] = [];
  for (const list of ['observations', 'actions'] as const) {
    const [own, simulated] = [signature(rig.file[list]), signature(plant.file[list])];
    if (own !== simulated) {
      problems.push(`${field}: expected a rig with the ${list} ${own}, found ${simulated}`);
    }
  }
  if (plant.file.periodSeconds !== rig.file.periodSeconds) {
    problems.push(
      `${field}: expected a rig with periodSeconds ${rig.file.periodSeconds}, found ${plant.file.periodSeconds}`,
    );
  }
  return problems;
}
