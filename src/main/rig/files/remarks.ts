import type { MainModule, MjModel } from '@mujoco/mujoco';
import { drivenJoints } from '../../../shared/joint-goals';
import type { ObservationChannel, Rig } from '../../../shared/rig';
import { readForeignSync } from '../../foreign/read';
import { bindModel } from '../drivers/mujoco/binding';
import { compileModel } from '../drivers/mujoco/compile';
import { loadMujoco } from '../drivers/mujoco/engine';
import { Lookup } from '../drivers/mujoco/lookup';
import { modelNames } from '../drivers/mujoco/model';
import { RigFolder } from '../drivers/mujoco/rig-folder';
import { urdfLimits } from '../drivers/mujoco/urdf';

/** By this share of a joint's range may limits lie outside of it: the stops of MuJoCo give way a little. */
const SOFT_STOP = 0.1;

/** What rig.json and the model of a rig that is in order say differently, as sentences. */
export async function modelRemarks(rig: Rig): Promise<string[]> {
  const options = rig.file.mujoco;
  const urdf = urdfRemarks(rig);
  if (!options) return urdf;
  const { module } = await loadMujoco();
  const model = compileModel(await loadMujoco(), rig.folder, options.model);
  try {
    return [...observationRemarks(module, model, rig), ...idleActuators(module, model, rig), ...urdf];
  } finally {
    model.delete();
  }
}

/** Actions that let a joint be faster than its URDF allows. */
function urdfRemarks({ file, folder }: Rig): string[] {
  const { model } = file.scene;
  if (!/\.urdf$/i.test(model) || !new RigFolder(folder).place(model)) return [];
  const text = readForeignSync(model, {
    ...{ what: 'a URDF file', most: 8 * 1024 * 1024, next: 'Use a smaller file, and check the rig again.' },
  }).toString('utf8');
  const limits = urdfLimits(text);
  return drivenJoints(file).flatMap((joint) => {
    const drawn = Object.entries(file.scene.joints).find(
      ([, channel]) => channel === file.observations[joint.observation]?.name,
    )?.[0];
    const velocity = limits.find((one) => one.joint === (drawn ?? joint.name))?.velocity;
    const action = file.actions[joint.action];
    if (!action || velocity === null || velocity === undefined) return [];
    const fastest =
      joint.kind === 'velocity'
        ? Math.max(...action.limits.map(Math.abs))
        : (action.ratePerSecond ?? Number.POSITIVE_INFINITY);
    if (fastest <= velocity * (1 + 1e-9)) return [];
    const may = Number.isFinite(fastest) ? `may be ${fastest} a second fast` : 'has no ratePerSecond';
    return [
      `Action "${action.name}" ${may}; joint "${drawn ?? joint.name}" is to be no faster than ${velocity} by the URDF.`,
    ];
  });
}

function observationRemarks(module: MainModule, model: MjModel, { file }: Rig): string[] {
  const lookup = new Lookup(module, model);
  return file.observations.flatMap((channel) => {
    const { source } = channel;
    if (source === undefined || !('joint' in source)) return [];
    const { index } = lookup.joint(source.joint, '');
    const slides = model.jnt_type[index] === module.mjtJoint.mjJNT_SLIDE.value;
    const unit = `${slides ? 'm' : 'rad'}${source.quantity === 'position' ? '' : '/s'}`;
    return [
      ...(channel.unit === unit
        ? []
        : [
            `Observation "${channel.name}" is in ${channel.unit} by rig.json; MuJoCo gives the ${source.quantity} of joint "${source.joint}" in ${unit}.`,
          ]),
      ...(source.quantity === 'position' ? rangeRemark(model, index, channel, source.joint) : []),
    ];
  });
}

/** Limits that a joint cannot reach say something else than the model. */
function rangeRemark(model: MjModel, joint: number, channel: ObservationChannel, name: string): string[] {
  const range: ArrayLike<number> = model.jnt_range;
  const [low, high] = [range[2 * joint] ?? 0, range[2 * joint + 1] ?? 0];
  // Without limits a range is [0, 0].
  if (!channel.limits || low >= high) return [];
  const soft = SOFT_STOP * (high - low);
  if (channel.limits[0] >= low - soft && channel.limits[1] <= high + soft) return [];
  return [
    `Observation "${channel.name}" has the limits ${channel.limits.join(' to ')}; joint "${name}" ends at ${low} and ${high} in the model.`,
  ];
}

function idleActuators(module: MainModule, model: MjModel, { file }: Rig): string[] {
  const driven = new Set(bindModel(module, model, file).binding.actions.map(({ index }) => index));
  const idle = modelNames(model).actuators.flatMap((name, i) =>
    driven.has(model.actuator_ctrladr[i] ?? i) ? [] : [name === '' ? `"#${i}"` : `"${name}"`],
  );
  return idle.length === 0 ? [] : [`No action drives the model's actuators ${idle.join(', ')}: they get 0.`];
}
