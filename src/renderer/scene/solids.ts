import {
  BoxGeometry,
  BufferAttribute,
  BufferGeometry,
  CapsuleGeometry,
  Color,
  CylinderGeometry,
  Group,
  InstancedMesh,
  Matrix4,
  Mesh,
  MeshLambertMaterial,
  Quaternion,
  SphereGeometry,
  Vector3,
} from 'three';
import type { Drawing, DrawnGeom, DrawnMesh } from '../../shared/drawing';
import type { Kinematics } from './kinematics';

/** A geom's surface in its own frame; planes have none, the floor grid stands for them. */
export function surfaceOf(geom: DrawnGeom, meshes: readonly DrawnMesh[]): BufferGeometry | null {
  const [a, b, c] = geom.size;
  switch (geom.shape) {
    case 'box':
      return new BoxGeometry(2 * a, 2 * b, 2 * c);
    case 'sphere':
      return new SphereGeometry(a, 32, 20);
    case 'ellipsoid':
      return new SphereGeometry(1, 32, 20).scale(a, b, c);
    case 'capsule':
      // three.js builds along y, MuJoCo along z.
      return new CapsuleGeometry(a, 2 * b, 8, 24).rotateX(Math.PI / 2);
    case 'cylinder':
      return new CylinderGeometry(a, a, 2 * b, 32).rotateX(Math.PI / 2);
    case 'mesh': {
      const mesh = meshes[geom.mesh ?? -1];
      return mesh ? meshSurface(mesh) : null;
    }
    case 'plane':
      return null;
  }
}

function meshSurface({ corners, triangles }: DrawnMesh): BufferGeometry {
  const surface = new BufferGeometry();
  surface.setAttribute('position', new BufferAttribute(new Float32Array(bytesOf(corners)), 3));
  surface.setIndex(new BufferAttribute(new Uint32Array(bytesOf(triangles)), 1));
  // Every triangle with corners of its own: the edges of machined parts stay edges.
  const faceted = surface.toNonIndexed();
  faceted.computeVertexNormals();
  surface.dispose();
  return faceted;
}

const bytesOf = (base64: string): ArrayBuffer =>
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer;

function localMatrix(geom: DrawnGeom): Matrix4 {
  return new Matrix4().compose(
    new Vector3(...geom.position),
    new Quaternion(...geom.quaternion),
    new Vector3(1, 1, 1),
  );
}

/** The robot as measured. */
export interface Solid {
  group: Group;
  update(): void;
  dispose(): void;
}

export function buildSolid(kinematics: Kinematics): Solid {
  const group = new Group();
  const parts: { mesh: Mesh; body: number; local: Matrix4 }[] = [];
  for (const geom of kinematics.model.geoms) {
    const surface = surfaceOf(geom, kinematics.model.meshes);
    if (!surface) continue;
    const [r, g, b, a] = geom.rgba;
    const material = new MeshLambertMaterial({
      color: new Color().setRGB(r, g, b, 'srgb'),
      transparent: a < 1,
      opacity: a,
    });
    const mesh = new Mesh(surface, material);
    mesh.matrixAutoUpdate = false;
    mesh.castShadow = false;
    parts.push({ mesh, body: geom.body, local: localMatrix(geom) });
    group.add(mesh);
  }
  return {
    group,
    update() {
      for (const { mesh, body, local } of parts) {
        const world = kinematics.bodies[body];
        if (world) mesh.matrix.multiplyMatrices(world, local);
        mesh.matrixWorldNeedsUpdate = true;
      }
    },
    dispose() {
      for (const { mesh } of parts) {
        mesh.geometry.dispose();
        (mesh.material as MeshLambertMaterial).dispose();
      }
    },
  };
}

/** The imagined robot at a few steps of the horizon: one instanced mesh a geom, fading towards the horizon. */
export interface Ghosts {
  group: Group;
  /** Copies the last pose into ghost `index`. */
  place(index: number): void;
  /** Shows the first `count` ghosts, coloured from near to far; those from `unknownFrom` on as unknown. */
  show(count: number, unknownFrom: number): void;
  dispose(): void;
}

export function buildGhosts(
  kinematics: Kinematics,
  most: number,
  { near, far, unknown }: { near: string; far: string; unknown: string },
): Ghosts {
  const group = new Group();
  const parts: { mesh: InstancedMesh; body: number; local: Matrix4 }[] = [];
  const moving = movingBodies(kinematics.model);
  for (const geom of kinematics.model.geoms) {
    const surface = moving.has(geom.body) ? surfaceOf(geom, kinematics.model.meshes) : null;
    if (!surface) continue;
    const material = new MeshLambertMaterial({
      color: '#ffffff',
      transparent: true,
      opacity: 0.22,
      depthWrite: false,
    });
    const mesh = new InstancedMesh(surface, material, most);
    mesh.count = 0;
    mesh.frustumCulled = false;
    parts.push({ mesh, body: geom.body, local: localMatrix(geom) });
    group.add(mesh);
  }
  const world = new Matrix4();
  const colour = new Color();
  return {
    group,
    place(index) {
      for (const { mesh, body, local } of parts) {
        const pose = kinematics.bodies[body];
        if (pose) mesh.setMatrixAt(index, world.multiplyMatrices(pose, local));
      }
    },
    show(count, unknownFrom) {
      for (const { mesh } of parts) {
        mesh.count = count;
        for (let i = 0; i < count; i++) {
          mesh.setColorAt(
            i,
            colour
              .set(i < unknownFrom ? near : unknown)
              .lerp(new Color(far), count < 2 ? 0 : i / (count - 1)),
          );
        }
        mesh.instanceMatrix.needsUpdate = true;
        if (mesh.instanceColor) mesh.instanceColor.needsUpdate = true;
      }
    },
    dispose() {
      for (const { mesh } of parts) {
        mesh.geometry.dispose();
        (mesh.material as MeshLambertMaterial).dispose();
        mesh.dispose();
      }
    },
  };
}

/** Bodies that some joint moves. */
export function movingBodies(model: Drawing): Set<number> {
  const moving = new Set(model.joints.map((joint) => joint.body));
  model.bodies.forEach((body, index) => {
    if (moving.has(body.parent)) moving.add(index);
  });
  return moving;
}
