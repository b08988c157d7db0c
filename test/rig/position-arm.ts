import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MODEL = `<mujoco model="position-arm">
  <compiler angle="radian" autolimits="true"/>
  <option timestep="0.005" integrator="implicitfast"/>
  <default><joint damping="1" armature="0.05"/><geom rgba="0.95 0.72 0.22 1"/><position kp="40" kv="4" forcerange="-30 30"/></default>
  <worldbody>
    <geom type="cylinder" size="0.06 0.03" pos="0 0 0.03"/>
    <body name="base" pos="0 0 0.06">
      <joint name="turn" axis="0 0 1" range="-2 2"/><geom type="capsule" fromto="0 0 0 0 0 0.1" size="0.03"/>
      <body name="upper" pos="0 0 0.1">
        <joint name="shoulder" axis="0 1 0" range="-1.5 1.5"/><geom type="capsule" fromto="0 0 0 0 0 0.3" size="0.025" mass="0.2"/>
        <body name="fore" pos="0 0 0.3">
          <joint name="elbow" axis="0 1 0" range="-0.1 2.5"/><geom type="capsule" fromto="0 0 0 0 0 0.25" size="0.02" mass="0.1"/>
          <site name="hand" pos="0 0 0.27"/>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator>
    <position name="turn" joint="turn"/><position name="shoulder" joint="shoulder"/><position name="elbow" joint="elbow"/>
  </actuator>
</mujoco>`;

const RANGES = { turn: [-2, 2], shoulder: [-1.5, 1.5], elbow: [-0.1, 2.5] };

/** An arm of three joints that are told where to be, simulated by MuJoCo, in the workspace as `position-arm`; returns its folder. */
export function positionArm(workspace: string, name = 'position-arm'): string {
  const folder = join(workspace, 'rigs', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'arm.xml'), MODEL);
  const joints = Object.entries(RANGES);
  const start = { turn: 0.2, shoulder: 0.4, elbow: 1.2 };
  const rig = {
    ...{
      schema: 'foresight.rig/1',
      name,
      title: 'Arm that is told places',
      driver: 'mujoco',
      periodSeconds: 0.05,
    },
    mujoco: {
      model: 'arm.xml',
      start: Object.fromEntries(
        Object.entries(start).map(([joint, at]) => [joint, { position: { normal: [at, 0] } }]),
      ),
    },
    observations: joints.map(([joint, limits]) => ({
      ...{ name: `${joint}_position`, unit: 'rad', limits: limits.map((limit) => limit * 1.2) },
      source: { joint, quantity: 'position' },
    })),
    actions: joints.map(([joint, limits]) => ({
      ...{ name: joint, unit: 'rad', limits, hold: start[joint as keyof typeof start], ratePerSecond: 2 },
      actuator: joint,
    })),
    safety: { watchdogSeconds: 60, missedPlansToHold: 1e6 },
    task: { name: 'none', reward: '0', maxSteps: 20_000 },
    scene: {
      model: 'arm.xml',
      joints: Object.fromEntries(joints.map(([joint]) => [joint, `${joint}_position`])),
    },
  };
  writeFileSync(join(folder, 'rig.json'), JSON.stringify(rig));
  return folder;
}
