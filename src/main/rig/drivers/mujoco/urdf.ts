/** What MuJoCo makes of a URDF by itself is for simulation: shapes without visuals, links joined, and meshes looked for without their folders. */
const COMPILER =
  '<mujoco><compiler strippath="false" discardvisual="false" fusestatic="false" balanceinertia="true"/></mujoco>';

/**
 * A URDF as MuJoCo reads it with everything that is to be drawn: meshes where the file says they are (`package://NAME/` and `file://` begin at
 * the folder of the URDF, where a package that was copied lies), visuals as well, and no link joined to another. A URDF with a `<mujoco>`
 * element of its own says itself how it is read.
 */
export function urdfForMujoco(text: string): string {
  const placed = text.replace(
    /(\bfilename\s*=\s*)(["'])(?:package:\/\/[^/"']*\/|file:\/\/\/?|model:\/\/[^/"']*\/)/g,
    '$1$2',
  );
  if (/<mujoco[\s>]/.test(placed)) return placed;
  return placed.replace(/<robot\b[^>]*>/, (robot) => `${robot}${COMPILER}`);
}

/** What a URDF says of its joints; null where it does not. */
export interface UrdfLimit {
  joint: string;
  /** rad/s or m/s */
  velocity: number | null;
  /** N m or N */
  effort: number | null;
}

/** Velocity and effort limits of the joints of a URDF. MuJoCo takes over ranges and efforts, and drops velocities. */
export function urdfLimits(text: string): UrdfLimit[] {
  const plain = text.replace(/<!--[\s\S]*?-->/g, '');
  return [...plain.matchAll(/<joint\b([^>]*)>([\s\S]*?)<\/joint>/g)].flatMap(([, head = '', body = '']) => {
    const limit = /<limit\b([^>]*)\/?>/.exec(body)?.[1];
    const joint = attribute(head, 'name');
    if (limit === undefined || joint === undefined) return [];
    return [
      { joint, velocity: size(attribute(limit, 'velocity')), effort: size(attribute(limit, 'effort')) },
    ];
  });
}

function attribute(text: string, name: string): string | undefined {
  const found = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(text);
  return found?.[1] ?? found?.[2];
}

/** Nought stands for "not said" in many files. */
function size(text: string | undefined): number | null {
  const value = Number(text);
  return text !== undefined && Number.isFinite(value) && value > 0 ? value : null;
}
