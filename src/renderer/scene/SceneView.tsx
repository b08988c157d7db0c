import { Button, useComputedColorScheme } from '@mantine/core';
import { OrbitControls } from '@react-three/drei';
import { Canvas, useFrame, useThree } from '@react-three/fiber';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { GridHelper, Vector3 } from 'three';
import { jointValues } from '../../shared/joints';
import { Follow, type Followed } from './Follow';
import { Drift, lowestOf } from './framing';
import { drawnBySoftware } from './graphics';
import type { SceneModel } from './scene-model';
import { buildSolid } from './solids';

const FIELD_OF_VIEW = 35;

export interface SceneViewProps {
  model: SceneModel;
  /** The observation to draw, asked for in every frame that is drawn; null keeps the reference pose. */
  observation: () => ArrayLike<number> | null;
  /** Calls back with a function that asks for a new frame, and returns how to stop. */
  watch: (redraw: () => void) => (() => void) | undefined;
  /** Further content, in the model's frame (Z up, metres). */
  children?: ReactNode;
  label: string;
  /** Said below the picture: why it is as it is. */
  note?: string | undefined;
}

/** The 3D view: draws only when something changed (`frameloop="demand"`), so an idle window costs nothing. */
export function SceneView({ model, observation, watch, children, label, note }: SceneViewProps) {
  const dark = useComputedColorScheme('light') === 'dark';
  const [lost, setLost] = useState(false);
  const [followed, setFollowed] = useState<Followed>('following');
  const again = useRef<() => void>(() => undefined);
  return (
    <section className="scene" aria-label={label} data-testid="scene" data-followed={followed}>
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
          <OrbitControls enableDamping={false} makeDefault />
          <Robot model={model} observation={observation} watch={watch} />
          <Follow model={model} again={again} onChange={setFollowed} />
          <Floor model={model} dark={dark} />
          {children}
        </Canvas>
      )}
      {followed === 'left' && (
        <div className="scene-hint" role="status" data-testid="scene-left">
          The robot has left the picture.
          <Button size="compact-sm" onClick={() => again.current()} data-testid="scene-follow">
            Follow it
          </Button>
        </div>
      )}
      {followed === 'own view' && (
        <Button
          className="scene-again"
          size="compact-xs"
          variant="default"
          onClick={() => again.current()}
          data-testid="scene-follow"
        >
          Back to the whole robot
        </Button>
      )}
      {note !== undefined && (
        <div className="scene-note" role="status" data-testid="scene-note">
          {note}
        </div>
      )}
      {model.problems.length > 0 && (
        <div className="scene-problems" data-testid="scene-problems">
          {model.problems.map((problem) => (
            <div key={problem}>{problem}</div>
          ))}
        </div>
      )}
    </section>
  );
}

/** Between two lines of the floor, m. */
const CELL = 0.25;

/** Plain lines and no shader, as many laptops draw this view without a GPU; it goes on where the robot goes. */
function Floor({ model, dark }: { model: SceneModel; dark: boolean }) {
  const grid = useMemo(() => {
    const [middle, other] = dark ? ['#4a4e55', '#2d3036'] : ['#c3c9d2', '#e1e5ea'];
    return new GridHelper(8, 8 / CELL, middle, other).rotateX(Math.PI / 2);
  }, [dark]);
  const { height, drift } = useMemo(() => floorOf(model), [model]);
  const at = useMemo(() => new Vector3(), []);
  useEffect(() => () => grid.dispose(), [grid]);
  useFrame(() => {
    drift.at(model.kinematics.values, at);
    grid.position.set(CELL * Math.round(at.x / CELL), CELL * Math.round(at.y / CELL), height);
  });
  return <primitive object={grid} />;
}

/** Height of the floor: the file's own plane, else below everything. */
function floorOf({ kinematics }: SceneModel): { height: number; drift: Drift } {
  const plane = kinematics.model.geoms.find((geom) => geom.shape === 'plane');
  const height = plane ? plane.position[2] - 1e-3 : lowestOf(kinematics) - 0.02;
  return { height, drift: new Drift(kinematics) };
}

function Robot({ model, observation, watch }: Pick<SceneViewProps, 'model' | 'observation' | 'watch'>) {
  const invalidate = useThree((state) => state.invalidate);
  const solid = useMemo(() => buildSolid(model.kinematics), [model]);
  const values = useMemo(() => new Float64Array(model.kinematics.model.joints.length), [model]);
  useEffect(() => () => solid.dispose(), [solid]);
  useEffect(() => watch(() => invalidate()), [watch, invalidate]);
  const pose = useCallback(() => {
    jointValues(model.kinematics.model, model.source, observation() ?? [], values);
    model.kinematics.pose(values);
    solid.update();
  }, [model, observation, solid, values]);
  useFrame(pose);
  return <primitive object={solid.group} />;
}
