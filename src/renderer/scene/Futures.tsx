import { useFrame, useThree } from '@react-three/fiber';
import { useEffect, useMemo, useRef } from 'react';
import {
  BufferAttribute,
  BufferGeometry,
  Color,
  DoubleSide,
  DynamicDrawUsage,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshBasicMaterial,
} from 'three';
import { PREDICTED_COLOUR, UNKNOWN_COLOUR } from '../charts/colours';
import { live } from '../live/live';
import {
  fillTraces,
  fillTube,
  fillTubeColours,
  ghostRows,
  knownRows,
  Tracer,
  traceBuffers,
  tubeIndex,
} from './futures';
import { Kinematics, tracedPoint } from './kinematics';
import type { SceneModel } from './SceneView';
import { buildGhosts } from './solids';

const GHOSTS = 5;
const MOST_STEPS = 201;
const MOST_SEGMENTS = 100 * 200;
const SIDES = 12;
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

  const traces = traceBuffers(MOST_SEGMENTS);
  const lineShape = new BufferGeometry();
  const linePositions = new BufferAttribute(traces.positions, 3).setUsage(DynamicDrawUsage);
  const lineColours = new BufferAttribute(traces.colours, 3).setUsage(DynamicDrawUsage);
  lineShape.setAttribute('position', linePositions);
  lineShape.setAttribute('color', lineColours);
  const lineMaterial = new LineBasicMaterial({ vertexColors: true, transparent: true, opacity: 0.75 });
  const lines = new LineSegments(lineShape, lineMaterial);
  lines.frustumCulled = false;

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
    opacity: 0.16,
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
      lines.visible = show.candidates && plan !== null;
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
      if (lines.visible) {
        fillTraces(plan, tracer, traces);
        lineShape.setDrawRange(0, traces.count);
        upload(linePositions, traces.count * 3);
        upload(lineColours, traces.count * 3);
      }
      if (tube.visible) {
        const steps = fillTube(plan, tracer, SIDES, tubePositions);
        tubeShape.setDrawRange(0, Math.max(0, steps - 1) * SIDES * 6);
        upload(tubeAttribute, steps * SIDES * 3);
        fillTubeColours(steps, SIDES, known, TUBE_COLOURS, tubeColours.array as Float32Array);
        upload(tubeColours, steps * SIDES * 3);
      }
    },
    dispose() {
      ghosts.dispose();
      for (const part of [lineShape, lineMaterial, tubeShape, tubeMaterial]) part.dispose();
    },
  };
}

/** Sends only the numbers in use to the graphics card. */
function upload(attribute: BufferAttribute, count: number): void {
  attribute.clearUpdateRanges();
  attribute.addUpdateRange(0, count);
  attribute.needsUpdate = true;
}
