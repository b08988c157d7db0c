import { useComputedColorScheme } from '@mantine/core';
import { OrbitControls } from '@react-three/drei';
import { Canvas, useFrame, useThree } from '@react-three/fiber';
import { type ReactNode, type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { GridHelper, Vector3 } from 'three';
import type { Scene } from '../../shared/drawing';
import { drawnBySoftware } from './graphics';
import { bindJoints, jointValues, Kinematics, tracedPoint } from './kinematics';
import { buildSolid, viewOf } from './solids';

const FIELD_OF_VIEW = 35;

/** A rig's drawing and which channel moves what; from `rig.scene` and the rig's observation channels. */
export interface SceneModel {
  kinematics: Kinematics;
  source: number[];
  problems: string[];
}

export function useSceneModel(scene: Scene | undefined, channels: readonly string[]): SceneModel | null {
  const names = channels.join(' ');
  return useMemo(() => {
    if (!scene) return null;
    const model = scene.drawing;
    const bound = bindJoints(model, scene.joints, names.split(' '));
    const empty = model.geoms.length === 0 ? ['The model has no shapes this view can draw.'] : [];
    return {
      kinematics: new Kinematics(model),
      source: bound.source,
      problems: [...model.problems, ...bound.problems, ...(model.problems.length > 0 ? [] : empty)],
    };
  }, [scene, names]);
}

export interface SceneViewProps {
  model: SceneModel;
  /** The observation to draw, asked for in every frame that is drawn; null keeps the reference pose. */
  observation: () => ArrayLike<number> | null;
  /** Calls back with a function that asks for a new frame, and returns how to stop. */
  watch: (redraw: () => void) => (() => void) | undefined;
  /** Further content, in the model's frame (Z up, metres). */
  children?: ReactNode;
  /** Written over the picture. */
  overlay?: ReactNode;
  label: string;
}

/** The 3D view: draws only when something changed (`frameloop="demand"`), so an idle window costs nothing. */
export function SceneView({ model, observation, watch, children, overlay, label }: SceneViewProps) {
  const scheme = useComputedColorScheme('light');
  const [lost, setLost] = useState(false);
  const hint = useRef<HTMLDivElement>(null);
  const dark = scheme === 'dark';
  return (
    <section className="scene" aria-label={label} data-testid="scene">
      {lost ? (
        <div className="scene-message">
          The graphics driver gave up on this view. Reload the window to get it back.
        </div>
      ) : (
        <Canvas
          frameloop="demand"
          dpr={drawnBySoftware() ? 1 : [1, 2]}
          camera={{ fov: FIELD_OF_VIEW, near: 0.01, far: 200, up: [0, 0, 1] }}
          gl={{ antialias: !drawnBySoftware(), powerPreference: 'low-power' }}
          onCreated={({ gl }) => {
            gl.domElement.addEventListener('webglcontextlost', () => setLost(true), { once: true });
          }}
          fallback={
            <div className="scene-message">This machine offers no WebGL; the 3D view stays empty.</div>
          }
        >
          <ambientLight intensity={dark ? 1.9 : 1.5} />
          <directionalLight position={[3, -4, 6]} intensity={dark ? 2 : 1.6} />
          <directionalLight position={[-4, 3, 2]} intensity={0.5} />
          <Framing model={model} />
          <Robot model={model} observation={observation} watch={watch} hint={hint} />
          <Floor height={floorOf(model)} dark={dark} />
          {children}
        </Canvas>
      )}
      <div className="scene-hint" ref={hint} hidden>
        The robot has left the picture; drag with the right mouse button or zoom out to find it.
      </div>
      {model.problems.length > 0 && (
        <div className="scene-problems" data-testid="scene-problems">
          {model.problems.map((problem) => (
            <div key={problem}>{problem}</div>
          ))}
        </div>
      )}
      {overlay}
    </section>
  );
}

/** Lines every quarter metre; plain lines and no shader, as many laptops draw this view without a GPU. */
function Floor({ height, dark }: { height: number; dark: boolean }) {
  const grid = useMemo(() => {
    const [middle, other] = dark ? ['#4a4e55', '#2d3036'] : ['#c3c9d2', '#e1e5ea'];
    return new GridHelper(8, 32, middle, other).rotateX(Math.PI / 2);
  }, [dark]);
  useEffect(() => () => grid.dispose(), [grid]);
  return <primitive object={grid} position={[0, 0, height]} />;
}

/** Height of the floor grid: the file's own plane, else below everything. */
function floorOf(model: SceneModel): number {
  const plane = model.kinematics.model.geoms.find((geom) => geom.shape === 'plane');
  if (plane) return plane.position[2] - 1e-3;
  const view = viewOf(model.kinematics, FIELD_OF_VIEW, 1.5);
  return view.lowest - 0.02;
}

/** Puts the camera where the whole robot is in view, again whenever the model or the panel's shape changes. */
function Framing({ model }: { model: SceneModel }) {
  const camera = useThree((state) => state.camera);
  const size = useThree((state) => state.size);
  const invalidate = useThree((state) => state.invalidate);
  const aspect = Math.round((size.width / Math.max(1, size.height)) * 10) / 10;
  const view = useMemo(() => viewOf(model.kinematics, FIELD_OF_VIEW, aspect || 1), [model, aspect]);
  useEffect(() => {
    camera.up.set(0, 0, 1);
    camera.position.set(...view.position);
    camera.lookAt(...view.target);
    invalidate();
  }, [camera, view, invalidate]);
  return (
    <OrbitControls
      target={view.target}
      enableDamping={false}
      minDistance={view.radius * 0.2}
      maxDistance={view.radius * 12}
      makeDefault
    />
  );
}

function Robot({
  model,
  observation,
  watch,
  hint,
}: Pick<SceneViewProps, 'model' | 'observation' | 'watch'> & { hint: RefObject<HTMLDivElement | null> }) {
  const invalidate = useThree((state) => state.invalidate);
  const solid = useMemo(() => buildSolid(model.kinematics), [model]);
  const values = useMemo(() => new Float64Array(model.kinematics.model.joints.length), [model]);
  useEffect(() => () => solid.dispose(), [solid]);
  useEffect(() => watch(() => invalidate()), [watch, invalidate]);
  const point = useMemo(() => tracedPoint(model.kinematics.model), [model]);
  const at = useMemo(() => new Vector3(), []);
  useFrame(({ camera }) => {
    jointValues(model.kinematics.model, model.source, observation() ?? [], values);
    model.kinematics.pose(values);
    solid.update();
    if (!point || !hint.current) return;
    model.kinematics.point(point.body, point.local, at).project(camera);
    hint.current.hidden = Math.abs(at.x) <= 1 && Math.abs(at.y) <= 1;
  });
  return <primitive object={solid.group} />;
}
