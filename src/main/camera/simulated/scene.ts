import type { MainModule, MjModel } from '@mujoco/mujoco';
import { geomColour, LAST_VISIBLE_GROUP } from '../../rig/drivers/mujoco/look';
import { SHAPES, type Shape } from './shapes';
import { heightFieldTriangles, type Triangles } from './triangles';

/** Something that a camera can see. */
export interface SeenGeom {
  /** Its place among MuJoCo's geoms. */
  id: number;
  /** A simple shape, or triangles. */
  shape: Shape | null;
  triangles: Triangles | null;
  /** MuJoCo's geom_size [3]. */
  size: Float64Array;
  /** Middle and half sides of a box around it in its own frame [6]; null around a plane, which has no end. */
  box: Float64Array | null;
  /** Red, green, blue [3], 0 to 1. */
  colour: Float64Array;
  /** Its colour changes from square to square: what moves over it can be seen to. */
  chequered: boolean;
}

/** What cameras see of a model: geoms of the groups that MuJoCo's viewer shows, as far as they are not transparent. */
export function seenGeoms({ mjtGeom }: MainModule, model: MjModel): SeenGeom[] {
  const simple = new Map<number, Shape>([
    [mjtGeom.mjGEOM_PLANE.value, SHAPES.plane],
    [mjtGeom.mjGEOM_SPHERE.value, SHAPES.sphere],
    [mjtGeom.mjGEOM_CAPSULE.value, SHAPES.capsule],
    [mjtGeom.mjGEOM_ELLIPSOID.value, SHAPES.ellipsoid],
    [mjtGeom.mjGEOM_CYLINDER.value, SHAPES.cylinder],
    [mjtGeom.mjGEOM_BOX.value, SHAPES.box],
  ]);
  const meshes = new Map<string, Triangles>();
  const once = (key: string, make: () => Triangles): Triangles => {
    const known = meshes.get(key) ?? make();
    meshes.set(key, known);
    return known;
  };
  const groups: ArrayLike<number> = model.geom_group;
  const types: ArrayLike<number> = model.geom_type;
  const data: ArrayLike<number> = model.geom_dataid;
  const sizes: Float64Array = model.geom_size;
  const boxes: Float64Array = model.geom_aabb;
  return Array.from({ length: model.ngeom }, (_, id) => id).flatMap((id): SeenGeom[] => {
    const colour = geomColour(model, id);
    if ((groups[id] ?? 0) > LAST_VISIBLE_GROUP || colour[3] === 0) return [];
    const type = types[id] ?? -1;
    const shape = simple.get(type) ?? null;
    const place = data[id] ?? -1;
    const triangles =
      shape !== null
        ? null
        : type === mjtGeom.mjGEOM_HFIELD.value
          ? once(`field ${place}`, () => fieldOf(model, place))
          : once(`mesh ${place}`, () => meshOf(model, place));
    const plane = shape === SHAPES.plane;
    return [
      {
        ...{ id, shape, triangles, chequered: plane },
        size: sizes.slice(3 * id, 3 * id + 3),
        box: plane ? null : boxes.slice(6 * id, 6 * id + 6),
        colour: Float64Array.from(colour.slice(0, 3)),
      },
    ];
  });
}

function meshOf(model: MjModel, mesh: number): Triangles {
  const of = (values: ArrayLike<number>) => values[mesh] ?? 0;
  const from = 3 * of(model.mesh_vertadr);
  const first = 3 * of(model.mesh_faceadr);
  return {
    corners: Float64Array.from(model.mesh_vert.subarray(from, from + 3 * of(model.mesh_vertnum))),
    faces: Int32Array.from(model.mesh_face.subarray(first, first + 3 * of(model.mesh_facenum))),
  };
}

function fieldOf(model: MjModel, field: number): Triangles {
  const of = (values: ArrayLike<number>) => values[field] ?? 0;
  const [rows, columns] = [of(model.hfield_nrow), of(model.hfield_ncol)];
  const at = of(model.hfield_adr);
  const [sx = 0, sy = 0, top = 0, base = 0] = model.hfield_size.subarray(4 * field, 4 * field + 4);
  const heights = model.hfield_data.slice(at, at + rows * columns);
  return heightFieldTriangles({ rows, columns, size: [sx, sy, top, base], heights });
}
