import { useFrame, useThree } from '@react-three/fiber';
import { useEffect, useMemo, useRef } from 'react';
import {
  BufferAttribute,
  BufferGeometry,
  Color,
  DoubleSide,
  DynamicDrawUsage,
  Group,
  Mesh,
  MeshBasicMaterial,
} from 'three';
import { PREDICTED_COLOUR, UNKNOWN_COLOUR } from '../charts/colours';
import { live } from '../live/live';
import { FatLines } from './fat-lines';
import { workspaceOf } from './framing';
import {
  fillPath,
  fillTraces,
  fillTube,
  fillTubeColours,
  ghostRows,
  knownRows,
  Tracer,
  tubeIndex,
} from './futures';
import { Kinematics, tracedPoint } from './kinematics';
import type { SceneModel } from './scene-model';
import { buildGhosts } from './solids';

const GHOSTS = 5;
const MOST_STEPS = 201;
const MOST_SEGMENTS = 100 * 200;
const SIDES = 12;
/** Radius at which the tube is cut, as a share of the workspace's diagonal. */
const WIDEST = 0.12;
const TUBE_COLOURS = {
  known: new Color(PREDICTED_COLOUR).toArray(),
  unknown: new Color(UNKNOWN_COLOUR).toArray(),
};

export interface FuturesOptions {
  ghosts: boolean;
  candidates: boolean;
  tube: boolean;
}

/**
 * The imagined futures of the newest plan: ghosts of the best one, traces of the candidates, ±2σ as a tube. Where the
 * plan leaves what the model knows, ghosts and tube change their colour.
 */
export function Futures({
  model,
  show,
  watch,
}: {
  model: SceneModel;
  show: FuturesOptions;
  watch: (redraw: () => void) => () => void;
}) {
  const invalidate = useThree((state) => state.invalidate);
  const drawing = useMemo(() => buildDrawing(model), [model]);
  const drawn = useRef<{ plan: unknown; show: FuturesOptions } | null>(null);
  useEffect(() => () => drawing?.dispose(), [drawing]);
  useEffect(() => watch(() => invalidate()), [watch, invalidate]);
  useEffect(() => {
    drawn.current = null;
    if (show) invalidate();
  }, [show, invalidate]);
  useFrame(() => {
    if (!drawing || (drawn.current?.plan === live.plan && drawn.current?.show === show)) return;
    drawn.current = { plan: live.plan, show };
    drawing.update(show);
  });
  if (!drawing) return null;
  return (
    <>
      <primitive object={drawing.ghosts.group} />
      <primitive object={drawing.lines} />
      <primitive object={drawing.tube} />
    </>
  );
}

function buildDrawing(model: SceneModel) {
  const point = tracedPoint(model.kinematics.model);
  if (!point) return null;
  // Kinematics of its own: the solid robot keeps the pose that was measured.
  const kinematics = new Kinematics(model.kinematics.model);
  const tracer = new Tracer(kinematics, model.source, point);
  const ghosts = buildGhosts(kinematics, GHOSTS, {
    near: PREDICTED_COLOUR,
    far: '#9aa5b1',
    unknown: UNKNOWN_COLOUR,
  });

  const candidates = new FatLines(MOST_SEGMENTS, { width: 1.5, opacity: 0.8 });
  const best = new FatLines(MOST_STEPS, { width: 3 });
  const lines = new Group().add(candidates.object, best.object);

  const { low, high } = workspaceOf(kinematics, model.spans, false);
  const widest = WIDEST * low.distanceTo(high);
  const tubePositions = new Float32Array(MOST_STEPS * SIDES * 3);
  const tubeAttribute = new BufferAttribute(tubePositions, 3).setUsage(DynamicDrawUsage);
  const tubeColours = new BufferAttribute(new Float32Array(MOST_STEPS * SIDES * 3), 3).setUsage(
    DynamicDrawUsage,
  );
  const tubeShape = new BufferGeometry();
  tubeShape.setAttribute('position', tubeAttribute);
  tubeShape.setAttribute('color', tubeColours);
  tubeShape.setIndex(new BufferAttribute(tubeIndex(MOST_STEPS, SIDES), 1));
  const tubeMaterial = new MeshBasicMaterial({
    vertexColors: true,
    transparent: true,
    opacity: 0.24,
    side: DoubleSide,
    depthWrite: false,
  });
  const tube = new Mesh(tubeShape, tubeMaterial);
  tube.frustumCulled = false;

  return {
    ghosts,
    lines,
    tube,
    update(show: FuturesOptions) {
      const plan = live.plan;
      ghosts.group.visible = show.ghosts && plan !== null;
      candidates.object.visible = show.candidates && plan !== null;
      best.object.visible = show.tube && plan !== null;
      tube.visible = show.tube && plan !== null;
      if (!plan) return;
      const known = knownRows(plan);
      if (ghosts.group.visible) {
        const rows = ghostRows(plan.mean.length, GHOSTS);
        rows.forEach((row, i) => {
          tracer.pose(plan.mean[row] ?? []);
          ghosts.place(i);
        });
        ghosts.show(rows.length, rows.filter((row) => row < known).length);
      }
      if (candidates.object.visible) candidates.show(fillTraces(plan, tracer, candidates));
      if (tube.visible) {
        const steps = fillTube(plan, tracer, SIDES, tubePositions, widest);
        tubeShape.setDrawRange(0, Math.max(0, steps - 1) * SIDES * 6);
        upload(tubeAttribute, steps * SIDES * 3);
        fillTubeColours(steps, SIDES, known, TUBE_COLOURS, tubeColours.array as Float32Array);
        upload(tubeColours, steps * SIDES * 3);
        best.show(fillPath(plan.mean, tracer, known, TUBE_COLOURS, best));
      }
    },
    dispose() {
      ghosts.dispose();
      for (const part of [candidates, best, tubeShape, tubeMaterial]) part.dispose();
    },
  };
}

/** Sends only the numbers in use to the graphics card. */
function upload(attribute: BufferAttribute, count: number): void {
  attribute.clearUpdateRanges();
  attribute.addUpdateRange(0, count);
  attribute.needsUpdate = true;
}
