import { type ThreeEvent, useFrame, useThree } from '@react-three/fiber';
import { useEffect, useMemo, useRef } from 'react';
import { type Mesh, MeshBasicMaterial, Plane, SphereGeometry, Vector3 } from 'three';
import { drivenJoints } from '../../shared/joint-goals';
import { reach } from '../../shared/kinematics/inverse';
import type { RigFile } from '../../shared/rig';
import { handPoint } from './kinematics';
import type { SceneModel } from './scene-model';

/** A hand that ends farther than this from the handle cannot reach it, m. */
const OUT_OF_REACH = 0.005;
const [REACHED, NOT_REACHED] = ['#2f9e44', '#e03131'];

/**
 * A handle at the arm's hand. Dragged in the plane that faces the viewer, it says where the joints are to be for the hand to be there (inverse
 * kinematics within the limits of the joints); it is red where the hand cannot follow it.
 */
export function Handle({
  model,
  rig,
  onGoals,
}: {
  model: SceneModel;
  rig: RigFile;
  /** By joint of the rig, rad or m. */
  onGoals(goals: ReadonlyMap<string, number>): void;
}) {
  const { camera, gl, invalidate } = useThree();
  const controls = useThree((state) => state.controls) as unknown as { enabled: boolean } | null;
  const mesh = useRef<Mesh>(null);
  const plane = useRef<Plane | null>(null);
  const solution = useRef<Float64Array | null>(null);
  const spot = useMemo(() => new Vector3(), []);
  const point = useMemo(() => handPoint(model.kinematics.model), [model]);
  const geometry = useMemo(() => new SphereGeometry(1, 20, 14), []);
  const material = useMemo(
    () => new MeshBasicMaterial({ color: REACHED, transparent: true, opacity: 0.75, depthTest: false }),
    [],
  );
  const bound = useMemo(() => boundJoints(model, rig), [model, rig]);
  useEffect(
    () => () => {
      geometry.dispose();
      material.dispose();
      delete gl.domElement.dataset.handle;
    },
    [geometry, material, gl],
  );
  useFrame(() => {
    if (!mesh.current || !point) return;
    if (!plane.current) model.kinematics.point(point.body, point.local, mesh.current.position);
    const { position } = mesh.current;
    mesh.current.scale.setScalar(0.012 * camera.position.distanceTo(position));
    // Where it is in the picture, for whoever looks for it there.
    spot.copy(position).project(camera);
    const { clientWidth, clientHeight } = gl.domElement;
    gl.domElement.dataset.handle = `${Math.round(((spot.x + 1) / 2) * clientWidth)},${Math.round(((1 - spot.y) / 2) * clientHeight)}`;
  });
  if (!point) return null;

  const grab = (event: ThreeEvent<PointerEvent>) => {
    event.stopPropagation();
    if (!mesh.current) return;
    (event.target as Element).setPointerCapture(event.pointerId);
    if (controls) controls.enabled = false;
    const facing = camera.getWorldDirection(new Vector3());
    plane.current = new Plane().setFromNormalAndCoplanarPoint(facing, mesh.current.position);
    solution.current = Float64Array.from(model.kinematics.values);
  };
  const drag = (event: ThreeEvent<PointerEvent>) => {
    if (!plane.current || !mesh.current || !solution.current) return;
    event.stopPropagation();
    if (!event.ray.intersectPlane(plane.current, mesh.current.position)) return;
    const { x, y, z } = mesh.current.position;
    const found = reach(model.kinematics.model, {
      ...{ body: point.body, local: point.local, target: [x, y, z] },
      ...{ from: solution.current, limits: bound.map((joint) => joint?.limits ?? null) },
    });
    solution.current = found.values;
    material.color.set(found.away > OUT_OF_REACH ? NOT_REACHED : REACHED);
    onGoals(
      new Map(bound.flatMap((joint, j) => (joint ? [[joint.name, found.values[j] ?? 0] as const] : []))),
    );
    invalidate();
  };
  const letGo = () => {
    plane.current = null;
    material.color.set(REACHED);
    if (controls) controls.enabled = true;
    invalidate();
  };
  return (
    <mesh
      ref={mesh}
      geometry={geometry}
      material={material}
      renderOrder={10}
      onPointerDown={grab}
      onPointerMove={drag}
      onPointerUp={letGo}
      onPointerCancel={letGo}
      onLostPointerCapture={letGo}
    />
  );
}

/** By joint of the drawing: the joint of the rig that moves it, and what it may be by the rig and by the drawing; null for others. */
function boundJoints(model: SceneModel, rig: RigFile): ({ name: string; limits: [number, number] } | null)[] {
  const driven = drivenJoints(rig);
  return model.kinematics.model.joints.map(({ range }, j) => {
    const joint = driven.find(({ observation }) => observation === model.source[j]);
    if (!joint) return null;
    const [low, high] = joint.limits ?? range ?? [-Math.PI, Math.PI];
    return {
      name: joint.name,
      limits: [Math.max(low, range?.[0] ?? low), Math.min(high, range?.[1] ?? high)],
    };
  });
}
