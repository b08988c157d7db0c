import { useComputedColorScheme } from '@mantine/core';
import { useFrame, useThree } from '@react-three/fiber';
import { useEffect, useMemo, useRef } from 'react';
import { Color } from 'three';
import { PREDICTED_COLOUR } from '../charts/colours';
import { live, shownRing } from '../live/live';
import type { SampleRing } from '../live/ring';
import { FatLines } from './fat-lines';
import { Tracer } from './futures';
import { Kinematics, tracedPoint } from './kinematics';
import { fillPast, TracedPath } from './past';
import type { SceneModel } from './scene-model';

/** Steps that are drawn at most. */
const MOST_STEPS = 120;
const SECONDS = 1.5;

/** Of the newest plan's episode: the path that the robot's tip took, and beside it the one predicted `ahead` steps earlier. */
export function PastPath({
  model,
  ahead,
  periodSeconds,
  watch,
}: {
  model: SceneModel;
  ahead: number;
  periodSeconds: number;
  watch: (redraw: () => void) => () => void;
}) {
  const invalidate = useThree((state) => state.invalidate);
  const dark = useComputedColorScheme('light') === 'dark';
  const drawing = useMemo(() => buildPast(model, dark), [model, dark]);
  const drawn = useRef({ rows: -1, ahead: 0, drawing });
  useEffect(() => () => drawing?.lines.dispose(), [drawing]);
  useEffect(() => watch(() => invalidate()), [watch, invalidate]);
  useFrame(() => {
    const { plan } = live;
    const ring = shownRing();
    const last = drawn.current;
    if (!drawing || !plan) return;
    if (last.rows === ring.total && last.ahead === ahead && last.drawing === drawing) return;
    drawn.current = { rows: ring.total, ahead, drawing };
    drawing.show(
      ring,
      plan.episode,
      ahead,
      Math.min(MOST_STEPS, Math.max(10, Math.round(SECONDS / periodSeconds))),
    );
  });
  return drawing && <primitive object={drawing.lines.object} />;
}

function buildPast(model: SceneModel, dark: boolean) {
  const point = tracedPoint(model.kinematics.model);
  if (!point) return null;
  const tracer = new Tracer(new Kinematics(model.kinematics.model), model.source, point);
  const lines = new FatLines(3 * MOST_STEPS, { width: 2.5 });
  const rgb = (colour: string) => new Color(colour).toArray();
  const colours = {
    measured: rgb(dark ? '#f1f3f5' : '#22262c'),
    predicted: rgb(dark ? '#a48bff' : PREDICTED_COLOUR),
    apart: rgb(dark ? '#5b5f68' : '#b9bec7'),
  };
  const [measured, predicted] = [new TracedPath(MOST_STEPS), new TracedPath(MOST_STEPS)];
  let of = { ring: null as SampleRing | null, episode: -1 };
  return {
    lines,
    show(ring: SampleRing, episode: number, ahead: number, steps: number): void {
      if (of.ring !== ring || of.episode !== episode) {
        of = { ring, episode };
        measured.clear();
        predicted.clear();
      }
      let [from, to] = [Number.POSITIVE_INFINITY, -1];
      ring.walk(steps, episode, (slot, step) => {
        to = Math.max(to, step);
        if (step <= to - MOST_STEPS) return;
        from = step;
        if (!measured.has(step, episode)) measured.add(step, episode, ring.rowAt(slot), tracer);
      });
      live.plans.forecasts(ahead, from, (step, mean) => {
        if (step > to || predicted.has(step, mean) || !mean.every(Number.isFinite)) return;
        predicted.add(step, mean, mean, tracer);
      });
      lines.show(fillPast({ measured, predicted, from, to }, colours, lines));
    },
  };
}
