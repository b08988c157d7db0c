import type { MainModule, MjModel } from '@mujoco/mujoco';

/** Names in a compiled model, by kind; unnamed elements are empty strings. */
export interface ModelNames {
  joints: string[];
  actuators: string[];
  sensors: string[];
  bodies: string[];
  geoms: string[];
  sites: string[];
  cameras: string[];
}

/** Names by kind, read from the model's own name table (mj_id2name returns rubbish for unnamed elements). */
export function modelNames(model: MjModel): ModelNames {
  const table: ArrayLike<number> = model.names;
  const at = (addresses: ArrayLike<number>, count: number) =>
    Array.from({ length: count }, (_, i) => {
      const start = addresses[i] ?? 0;
      let end = start;
      while (end < table.length && table[end] !== 0) end++;
      return new TextDecoder().decode(
        Uint8Array.from({ length: end - start }, (_, k) => table[start + k] ?? 0),
      );
    });
  return {
    joints: at(model.name_jntadr, model.njnt),
    actuators: at(model.name_actuatoradr, model.nu),
    sensors: at(model.name_sensoradr, model.nsensor),
    bodies: at(model.name_bodyadr, model.nbody),
    geoms: at(model.name_geomadr, model.ngeom),
    sites: at(model.name_siteadr, model.nsite),
    cameras: at(model.name_camadr, model.ncam),
  };
}

/** Is the joint described by one number (hinge or slide)? */
export function isScalarJoint(module: MainModule, model: MjModel, joint: number): boolean {
  const type = (model.jnt_type as ArrayLike<number>)[joint];
  return type === module.mjtJoint.mjJNT_HINGE.value || type === module.mjtJoint.mjJNT_SLIDE.value;
}
