import { useFrame, useThree } from '@react-three/fiber';
import { type RefObject, useEffect, useMemo, useRef } from 'react';
import { Matrix4, type PerspectiveCamera, Vector3 } from 'three';
import { Drift, exceeds, hasLeft, movingIn, viewOf, workspaceOf } from './framing';
import { Keeper } from './keeper';
import type { SceneModel } from './scene-model';

/** following: the camera keeps the robot in the picture. own view: a person turned or moved it. left: nothing of it is in view. */
export type Followed = 'following' | 'own view' | 'left';

/** As much of the orbit controls as is used here. */
interface Controls {
  target: Vector3;
  minDistance: number;
  maxDistance: number;
  update(): void;
  addEventListener(type: 'start', listener: () => void): void;
  removeEventListener(type: 'start', listener: () => void): void;
}

/** A frame that took longer than this, s, was not one: the view stood still in between. */
const LONGEST_FRAME = 0.1;

/** Moves the camera (keeper.ts), and says when it does not or when there is nothing to be seen. Comes after the robot, whose pose it reads. */
export function Follow({
  model,
  again,
  onChange,
}: {
  model: SceneModel;
  /** Set to what goes back to following. */
  again: RefObject<() => void>;
  onChange: (followed: Followed) => void;
}) {
  const camera = useThree((state) => state.camera) as PerspectiveCamera;
  const controls = useThree((state) => state.controls) as unknown as Controls | null;
  const size = useThree((state) => state.size);
  const invalidate = useThree((state) => state.invalidate);
  const aspect = Math.round((size.width / Math.max(1, size.height)) * 10) / 10 || 1;
  const frame = useMemo(() => frameOf(model, camera.fov, aspect), [model, camera, aspect]);
  const said = useRef<Followed>('following');
  const touched = useRef(false);
  const projection = useMemo(() => new Matrix4(), []);
  const drift = useMemo(() => new Vector3(), []);

  useEffect(() => {
    if (!controls) return;
    controls.minDistance = frame.radius * 0.2;
    controls.maxDistance = frame.radius * 20;
    const start = () => {
      touched.current = true;
    };
    controls.addEventListener('start', start);
    // The first picture may have been drawn before there was anything to turn.
    invalidate();
    return () => controls.removeEventListener('start', start);
  }, [controls, frame, invalidate]);
  useEffect(() => {
    again.current = () => {
      touched.current = false;
      invalidate();
    };
    invalidate();
  }, [again, invalidate]);

  useFrame((_, seconds) => {
    if (!controls) return;
    const { kinematics } = model;
    frame.drift.at(kinematics.values, drift);
    const beyond = exceeds(kinematics, frame.workspace, drift);
    const more = frame.keeper.go(drift, beyond, Math.min(seconds, LONGEST_FRAME));
    if (touched.current) {
      camera.position.add(frame.keeper.moved());
      controls.target.add(frame.keeper.moved());
    } else {
      const { position, target } = frame.keeper.stand();
      camera.position.copy(position);
      controls.target.copy(target);
    }
    controls.update();
    camera.updateMatrixWorld();
    projection.multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
    const now = !touched.current
      ? 'following'
      : hasLeft(kinematics, movingIn(kinematics.model), projection)
        ? 'left'
        : 'own view';
    if (now !== said.current) {
      said.current = now;
      onChange(now);
    }
    if (more) invalidate();
  });
  return null;
}

function frameOf({ kinematics, spans }: SceneModel, fieldOfView: number, aspect: number) {
  const workspace = workspaceOf(kinematics, spans, false);
  const close = viewOf(kinematics, workspace, fieldOfView, aspect);
  const whole = viewOf(kinematics, workspaceOf(kinematics, spans, true), fieldOfView, aspect);
  return {
    workspace,
    radius: close.radius,
    keeper: new Keeper(close, whole),
    drift: new Drift(kinematics),
  };
}
