import type { MainModule, MjModel } from '@mujoco/mujoco';
import type { RigFile, StartDistribution } from '../../../../shared/rig';
import { clippedLimits } from './control-range';
import { type BindingProblem, Lookup } from './lookup';
import type { BoundChange } from './plant-changes';

/** Where a channel or a start value lies in MuJoCo's arrays. */
export interface ModelBinding {
  observations: { array: 'qpos' | 'qvel' | 'sensordata' | 'meanVelocity'; index: number; noise: number }[];
  /** ctrl index and the factor from channel to ctrl, a channel. */
  actions: { index: number; scale: number; noise: number }[];
  /** Control periods between a command and its effect. */
  delaySteps: number;
  /** [actions] what the actuators do until the first command has arrived. */
  rest: number[];
  start: {
    array: 'qpos' | 'qvel';
    index: number;
    draw: NonNullable<StartDistribution[string]['position']>;
  }[];
  velocityLimits: { position: number; velocity: number; limit: number }[];
  changes: BoundChange[];
  /** Control period. */
  periodSeconds: number;
  /** Physics steps a control period. */
  substeps: number;
  needsSensors: boolean;
}

/** Physics steps a control period: more would keep whoever drives the rig busy for longer than it can wait. */
const MOST_SUBSTEPS = 100_000;

/**
 * Resolves every name of a rig file in a compiled model. All problems are collected, so that a person corrects
 * them in one go; the binding is only usable when there are none.
 */
export function bindModel(
  module: MainModule,
  model: MjModel,
  rig: RigFile,
): { binding: ModelBinding; problems: BindingProblem[] } {
  const lookup = new Lookup(module, model);
  const { problems } = lookup;
  const options = rig.mujoco ?? {
    ...{ model: '', start: {}, noise: {}, actuatorNoise: {}, velocityLimits: {}, changes: [] },
    actionDelaySteps: 0,
  };

  const observations = rig.observations.map((channel, i): ModelBinding['observations'][number] => {
    const noise = options.noise[channel.name] ?? 0;
    const { source } = channel;
    const path = `observations[${i}].source`;
    if (source === undefined) return { array: 'qpos', index: 0, noise };
    if ('joint' in source) {
      const address = lookup.joint(source.joint, `${path}.joint`);
      if (source.quantity === 'velocity') return { array: 'qvel', index: address.qvel, noise };
      return {
        array: source.quantity === 'position' ? 'qpos' : 'meanVelocity',
        index: address.qpos,
        noise,
      };
    }
    const sensor = lookup.find('sensors', source.sensor, `${path}.sensor`);
    const size = model.sensor_dim[sensor] ?? 1;
    if (source.index >= size) {
      problems.push({
        path: `${path}.index`,
        message: `a number below ${size}, the size of sensor "${source.sensor}", found ${source.index}`,
      });
    }
    return { array: 'sensordata', index: (model.sensor_adr[sensor] ?? 0) + source.index, noise };
  });

  const drivenBy = new Map<number, string>();
  const actions = rig.actions.map((channel, i) => {
    const noise = options.actuatorNoise[channel.name] ?? 0;
    const path = `actions[${i}]`;
    if (channel.actuator === undefined) return { index: 0, scale: channel.scale, noise };
    const before = problems.length;
    const actuator = lookup.actuator(channel.actuator, `${path}.actuator`);
    if (problems.length === before) {
      const other = drivenBy.get(actuator);
      if (other !== undefined) {
        lookup.problem(`${path}.actuator`, `an actuator that no other action drives; "${other}" drives it`);
      }
      drivenBy.set(actuator, channel.name);
      const clipped = clippedLimits(module, model, actuator, channel);
      if (clipped !== null) lookup.problem(`${path}.limits`, clipped);
    }
    return { index: model.actuator_ctrladr[actuator] ?? actuator, scale: channel.scale, noise };
  });

  const start = Object.entries(options.start).flatMap(([name, entry]): ModelBinding['start'] => {
    const address = lookup.joint(name, `mujoco.start.${name}`);
    return [
      ...(entry.position ? [{ array: 'qpos' as const, index: address.qpos, draw: entry.position }] : []),
      ...(entry.velocity ? [{ array: 'qvel' as const, index: address.qvel, draw: entry.velocity }] : []),
    ];
  });

  const velocityLimits = Object.entries(options.velocityLimits).map(([name, limit]) => {
    const address = lookup.joint(name, `mujoco.velocityLimits.${name}`);
    return { position: address.qpos, velocity: address.qvel, limit };
  });

  const changes = options.changes.map((change, i): BoundChange => {
    const { atStep, fromEpisode, until } = change;
    const path = `mujoco.changes[${i}]`;
    if ('actuator' in change) {
      const index = lookup.actuator(change.actuator, `${path}.actuator`);
      const { mjGAIN_FIXED, mjGAIN_AFFINE } = module.mjtGain;
      const kind = (model.actuator_gaintype as ArrayLike<number>)[index];
      if (kind !== mjGAIN_FIXED.value && kind !== mjGAIN_AFFINE.value) {
        problems.push({ path: `${path}.gain`, message: 'an actuator whose force is its gain times control' });
      }
      return { atStep, fromEpisode, until, kind: 'gain', index, factor: change.gain };
    }
    if ('joint' in change) {
      const index = lookup.joint(change.joint, `${path}.joint`).qvel;
      if ((model.dof_damping as ArrayLike<number>)[index] === 0) {
        problems.push({ path: `${path}.damping`, message: 'a joint that has damping in the model' });
      }
      return { atStep, fromEpisode, until, kind: 'damping', index, factor: change.damping };
    }
    const index = lookup.find('bodies', change.body, `${path}.body`);
    return { atStep, fromEpisode, until, kind: 'mass', index, factor: change.mass };
  });

  for (const name of Object.keys(options.noise)) {
    if (!rig.observations.some((channel) => channel.name === name)) {
      const list = rig.observations.map((channel) => `"${channel.name}"`).join(', ');
      problems.push({
        path: `mujoco.noise.${name}`,
        message: `the name of an observation channel (${list})`,
      });
    }
  }
  for (const name of Object.keys(options.actuatorNoise)) {
    if (!rig.actions.some((channel) => channel.name === name)) {
      const list = rig.actions.map((channel) => `"${channel.name}"`).join(', ');
      problems.push({
        path: `mujoco.actuatorNoise.${name}`,
        message: `the name of an action channel (${list})`,
      });
    }
  }

  rig.cameras.forEach(({ source }, i) => {
    if (source.kind === 'simulated') lookup.camera(source.camera, `cameras[${i}].source.camera`);
  });

  const ratio = rig.periodSeconds / model.opt.timestep;
  const substeps = Math.round(ratio);
  if (!(substeps >= 1 && Math.abs(ratio - substeps) <= 1e-6 * ratio)) {
    lookup.problem(
      'periodSeconds',
      `a whole multiple of the model's time step of ${model.opt.timestep} s, found ${rig.periodSeconds}`,
    );
  } else if (substeps > MOST_SUBSTEPS) {
    lookup.problem(
      'periodSeconds',
      `at most ${MOST_SUBSTEPS} of the model's time steps of ${model.opt.timestep} s, found ${substeps}`,
    );
  }

  const needsSensors = observations.some((o) => o.array === 'sensordata');
  const delaySteps = options.actionDelaySteps;
  const rest = rig.actions.map((channel) => channel.hold);
  return {
    binding: {
      ...{ observations, actions, delaySteps, rest, start, velocityLimits, changes },
      ...{ periodSeconds: rig.periodSeconds, substeps, needsSensors },
    },
    problems,
  };
}
