import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Camera } from '../../src/shared/camera';

const RIGS = join('resources', 'rigs');

/**
 * The pendulum with other cameras than the built-in one has, under a name of its own in a workspace; returns its folder.
 * @param cameras of the camera that the built-in one has
 */
export function pendulumWithCameras(
  workspace: string,
  name: string,
  cameras: (camera: Camera) => object[],
): string {
  const own = join(workspace, 'rigs', name);
  mkdirSync(own, { recursive: true });
  cpSync(join(RIGS, 'pendulum', 'pendulum.xml'), join(own, 'pendulum.xml'));
  const rig = JSON.parse(readFileSync(join(RIGS, 'pendulum-camera', 'rig.json'), 'utf8'));
  const changed = {
    ...{ ...rig, name, cameras: cameras(rig.cameras[0]) },
    mujoco: { ...rig.mujoco, model: 'pendulum.xml' },
    scene: { ...rig.scene, model: 'pendulum.xml' },
  };
  writeFileSync(join(own, 'rig.json'), JSON.stringify(changed));
  return own;
}

/** The same camera, which tells depth as well. */
export const withDepth = (camera: Camera): object => ({
  ...camera,
  source: { ...camera.source, depth: true },
});
