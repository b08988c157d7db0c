import type { MainModule, MjModel } from '@mujoco/mujoco';
import type { Drawing, DrawnGeom, DrawnMesh, Quat, Vec3 } from '../../../../shared/drawing';
import { geomColour, LAST_VISIBLE_GROUP } from './look';
import { isScalarJoint, modelNames } from './model';

/** Of all meshes together: more than this is slow to draw, and long on its way to a window. */
const MOST_TRIANGLES = 400_000;
/** What is drawn of a compiled model, as it stands in MuJoCo's reference pose. */
export function drawingOf(module: MainModule, model: MjModel): Drawing {
  const names = modelNames(model);
  const meshes = new MeshShelf(model);
  const shapes = shapeNames(module);
  const problems = new Set<string>();
  const geoms = names.geoms.flatMap((name, geom): DrawnGeom[] => {
    const colour = geomColour(model, geom);
    if ((at(model.geom_group, geom) ?? 0) > LAST_VISIBLE_GROUP || colour[3] === 0) return [];
    const kind = at(model.geom_type, geom);
    const shape = shapes.get(kind);
    if (shape === undefined) {
      problems.add('The model has height fields or other shapes that this view does not draw.');
      return [];
    }
    const mesh = shape === 'mesh' ? meshes.put(at(model.geom_dataid, geom)) : undefined;
    if (mesh === null)
      problems.add('The model has more triangles than this view draws: some meshes are boxes.');
    return [
      {
        name,
        body: at(model.geom_bodyid, geom),
        shape: mesh === null ? 'box' : shape,
        size: vec3(model.geom_size, geom),
        position: vec3(model.geom_pos, geom),
        quaternion: quat(model.geom_quat, geom),
        rgba: colour,
        ...(mesh !== undefined && mesh !== null && { mesh }),
      },
    ];
  });
  const scalar = names.joints.flatMap((name, joint) =>
    isScalarJoint(module, model, joint) ? [{ name: name === '' ? `#${joint}` : name, joint }] : [],
  );
  if (names.joints.some((_, joint) => isMissed(module, model, joint, geoms))) {
    problems.add('The model has free bodies or ball joints; they are drawn where they stand in the file.');
  }
  if (model.nflex > 0 || model.nskin > 0)
    problems.add('The model has soft bodies or skins, which are not drawn.');
  if (model.ntendon > 0) problems.add('The model has tendons, which this view does not draw.');
  return {
    bodies: names.bodies.map((name, body) => ({
      name: name === '' ? `body ${body}` : name,
      parent: body === 0 ? -1 : at(model.body_parentid, body),
      position: vec3(model.body_pos, body),
      quaternion: quat(model.body_quat, body),
    })),
    joints: scalar.map(({ name, joint }) => {
      const [low, high] = [at(model.jnt_range, 2 * joint), at(model.jnt_range, 2 * joint + 1)];
      return {
        name,
        body: at(model.jnt_bodyid, joint),
        kind: at(model.jnt_type, joint) === module.mjtJoint.mjJNT_SLIDE.value ? 'slide' : 'hinge',
        axis: vec3(model.jnt_axis, joint),
        position: vec3(model.jnt_pos, joint),
        reference: at(model.qpos0, at(model.jnt_qposadr, joint)),
        // Without limits a range is [0, 0].
        range: low < high ? [low, high] : null,
      };
    }),
    geoms,
    meshes: meshes.meshes,
    sites: names.sites.map((name, site) => ({
      name,
      body: at(model.site_bodyid, site),
      position: vec3(model.site_pos, site),
    })),
    problems: [...problems],
  };
}

/** A free or ball joint whose motion would be seen, if it were drawn: a plain ball that turns about its middle looks the same. */
function isMissed(
  module: MainModule,
  model: MjModel,
  joint: number,
  geoms: readonly Pick<DrawnGeom, 'body' | 'shape' | 'position'>[],
): boolean {
  if (isScalarJoint(module, model, joint)) return false;
  const own = at(model.jnt_bodyid, joint);
  const carried = geoms.filter(({ body }) => isCarriedBy(model, body, own));
  if (at(model.jnt_type, joint) !== module.mjtJoint.mjJNT_BALL.value) return carried.length > 0;
  const anchor = vec3(model.jnt_pos, joint);
  return carried.some(
    ({ body, shape, position }) =>
      body !== own || shape !== 'sphere' || position.some((value, i) => value !== anchor[i]),
  );
}

function isCarriedBy(model: MjModel, body: number, carrier: number): boolean {
  if (body === carrier) return true;
  return body > 0 && isCarriedBy(model, at(model.body_parentid, body), carrier);
}

const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN;
const vec3 = (values: ArrayLike<number>, index: number): Vec3 => [
  at(values, 3 * index),
  at(values, 3 * index + 1),
  at(values, 3 * index + 2),
];
/** From MuJoCo's order w, x, y, z. */
const quat = (values: ArrayLike<number>, index: number): Quat => [
  at(values, 4 * index + 1),
  at(values, 4 * index + 2),
  at(values, 4 * index + 3),
  at(values, 4 * index),
];

function shapeNames({ mjtGeom }: MainModule): Map<number, DrawnGeom['shape']> {
  return new Map([
    [mjtGeom.mjGEOM_PLANE.value, 'plane'],
    [mjtGeom.mjGEOM_SPHERE.value, 'sphere'],
    [mjtGeom.mjGEOM_CAPSULE.value, 'capsule'],
    [mjtGeom.mjGEOM_ELLIPSOID.value, 'ellipsoid'],
    [mjtGeom.mjGEOM_CYLINDER.value, 'cylinder'],
    [mjtGeom.mjGEOM_BOX.value, 'box'],
    [mjtGeom.mjGEOM_MESH.value, 'mesh'],
    [mjtGeom.mjGEOM_SDF.value, 'mesh'],
  ]);
}

/** The meshes that visible geoms have, each once. */
class MeshShelf {
  readonly meshes: DrawnMesh[] = [];
  readonly #places = new Map<number, number | null>();
  #triangles = 0;

  constructor(private readonly model: MjModel) {}

  /** @returns its place among the meshes; null when they are too many already */
  put(mesh: number): number | null {
    const known = this.#places.get(mesh);
    if (known !== undefined) return known;
    const { model } = this;
    const count = at(model.mesh_facenum, mesh);
    const fits = this.#triangles + count <= MOST_TRIANGLES;
    const place = fits ? this.meshes.length : null;
    this.#places.set(mesh, place);
    if (!fits) return null;
    this.#triangles += count;
    const part = (values: Float32Array | Int32Array, from: number, rows: number) =>
      Buffer.from(values.slice(3 * from, 3 * (from + rows)).buffer).toString('base64');
    this.meshes.push({
      corners: part(model.mesh_vert, at(model.mesh_vertadr, mesh), at(model.mesh_vertnum, mesh)),
      triangles: part(model.mesh_face, at(model.mesh_faceadr, mesh), count),
    });
    return place;
  }
}
