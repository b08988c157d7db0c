import { join } from 'node:path';
import type { Rig } from '../../shared/rig';
import { jointPlans } from '../../shared/safety/joint-limits';
import { compileWorkspace, Workspace } from '../control/limits/workspace';
import { readScene } from '../rig';
import { badRig } from '../rig/files/problems';

/** @throws bad-file where the workspace names what the drawn model does not have */
export async function requireWorkspace(rig: Rig): Promise<void> {
  const limits = rig.file.safety.workspace;
  if (!limits) return;
  const { problems } = compileWorkspace(await readScene(rig), limits, rig.file);
  if (problems.length > 0) throw badRig(join(rig.folder, 'rig.json'), problems);
}

/** What about a rig's limits is hardly meant, as sentences. */
export async function safetyFindings(rig: Rig): Promise<string[]> {
  return [...jointRemarks(rig), ...(await workspaceRemarks(rig))];
}

function jointRemarks({ file }: Rig): string[] {
  return jointPlans(file).flatMap((plan) => {
    const { name, action, unit, low, high, slowWithin } = plan;
    const hasCommandLimits = Number.isFinite(plan.speed) || Number.isFinite(plan.acceleration);
    const limited = file.safety.joints[name];
    return [
      ...(action < 0 && limited && (limited.position || hasCommandLimits)
        ? [
            `No action drives joint "${name}" of safety.joints: the rig is held when it is observed beyond its limits, and no command is changed before.`,
          ]
        : []),
      ...(slowWithin > (high - low) / 2
        ? [`Joint "${name}" is slowed everywhere: slowWithin is more than half of its range, in ${unit}.`]
        : []),
    ];
  });
}

async function workspaceRemarks(rig: Rig): Promise<string[]> {
  const limits = rig.file.safety.workspace;
  if (!limits) return [];
  const { workspace } = compileWorkspace(await readScene(rig), limits, rig.file);
  const plans = jointPlans(rig.file).filter(({ action }) => action >= 0);
  const observed = new Set(workspace.sources.filter((source) => source >= 0));
  const unseen = workspace.model.joints.filter((_, joint) => (workspace.sources[joint] ?? -1) < 0);
  const isLimited = plans.some(({ observed: { position } }) => observed.has(position));
  const start = startDepth(rig, new Workspace(workspace, plans, rig.file.periodSeconds));
  return [
    ...(isLimited
      ? []
      : [
          'No action drives a joint of the drawing (safety.joints, scene.joints): the rig is held when it is observed outside of its workspace, and no command is changed before.',
        ]),
    ...(unseen.length === 0
      ? []
      : [
          `No channel says where ${unseen.map(({ name }) => `"${name}"`).join(', ')} of the drawing is: for its workspace the rig is taken to stand there as the model says.`,
        ]),
    ...(start === undefined ? [] : [start]),
  ];
}

/** Where a reset brings motors, seen as an observation. */
function startDepth({ file }: Rig, workspace: Workspace): string | undefined {
  if (!file.servos) return undefined;
  const start = file.observations.map(({ servo }) =>
    servo?.quantity === 'position' ? (file.servos?.motors[servo.motor]?.start ?? 0) : 0,
  );
  const deepest = workspace.deepest(start);
  if (!deepest) return undefined;
  const depth = deepest.depth.toPrecision(2);
  return `At the start of its motors ${deepest.part} is ${depth} m beyond ${deepest.border}, where the workspace does not let it go.`;
}
