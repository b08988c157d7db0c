import { Matrix4, Quaternion, Vector3 } from 'three';
import type { Quat, Vec3 } from './mjcf-types';

/** Attributes of one element after its defaults were filled in. */
export type Attributes = ReadonlyMap<string, string>;

export function numbers(attributes: Attributes, name: string): number[] | null {
  const text = attributes.get(name);
  if (text === undefined) return null;
  const values = text.trim().split(/\s+/).map(Number);
  return values.length > 0 && values.every(Number.isFinite) ? values : null;
}

export function vec3(attributes: Attributes, name: string, otherwise: Vec3): Vec3 {
  const [x, y, z] = numbers(attributes, name) ?? [];
  return x === undefined || y === undefined || z === undefined ? otherwise : [x, y, z];
}

export interface AngleRules {
  /** Factor from the file's angles to rad. */
  toRad: number;
  /** compiler/eulerseq: lower case turns about the moving axes, upper case about the fixed ones. */
  eulerSequence: string;
}

const AXES: Record<string, Vector3> = {
  x: new Vector3(1, 0, 0),
  y: new Vector3(0, 1, 0),
  z: new Vector3(0, 0, 1),
};

/** Orientation of an element in whichever way the file gives it (MuJoCo manual, "Frame orientations"). */
export function orientation(attributes: Attributes, rules: AngleRules): Quat {
  const quat = numbers(attributes, 'quat');
  if (quat?.length === 4) {
    const [w = 1, x = 0, y = 0, z = 0] = quat;
    return toQuat(new Quaternion(x, y, z, w).normalize());
  }
  const axisAngle = numbers(attributes, 'axisangle');
  if (axisAngle?.length === 4) {
    const [x = 0, y = 0, z = 1, angle = 0] = axisAngle;
    return toQuat(new Quaternion().setFromAxisAngle(new Vector3(x, y, z).normalize(), angle * rules.toRad));
  }
  const euler = numbers(attributes, 'euler');
  if (euler?.length === 3) return toQuat(fromEuler(euler, rules));
  const xyAxes = numbers(attributes, 'xyaxes');
  if (xyAxes?.length === 6) {
    const [a = 1, b = 0, c = 0, d = 0, e = 1, f = 0] = xyAxes;
    const x = new Vector3(a, b, c).normalize();
    const y = new Vector3(d, e, f);
    y.addScaledVector(x, -x.dot(y)).normalize();
    return toQuat(new Quaternion().setFromRotationMatrix(new Matrix4().makeBasis(x, y, x.clone().cross(y))));
  }
  const zAxis = numbers(attributes, 'zaxis');
  if (zAxis?.length === 3) return zTo(new Vector3(...(zAxis as Vec3)));
  return [0, 0, 0, 1];
}

function fromEuler(angles: number[], rules: AngleRules): Quaternion {
  const out = new Quaternion();
  [...rules.eulerSequence].forEach((letter, i) => {
    const axis = AXES[letter.toLowerCase()];
    if (!axis) return;
    const turn = new Quaternion().setFromAxisAngle(axis, (angles[i] ?? 0) * rules.toRad);
    if (letter === letter.toLowerCase()) out.multiply(turn);
    else out.premultiply(turn);
  });
  return out;
}

/** The smallest rotation that takes z to `direction`. */
export function zTo(direction: Vector3): Quat {
  const length = direction.length();
  if (length === 0) return [0, 0, 0, 1];
  return toQuat(
    new Quaternion().setFromUnitVectors(new Vector3(0, 0, 1), direction.clone().divideScalar(length)),
  );
}

function toQuat(q: Quaternion): Quat {
  return [q.x, q.y, q.z, q.w];
}
