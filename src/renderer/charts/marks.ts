import type uPlot from 'uplot';
import { type LiveMark, live } from '../live/live';
import { RECORDED_COLOUR, UNKNOWN_COLOUR, withAlpha } from './colours';

const NAMES: Record<LiveMark['kind'], string> = {
  'plant-changed': 'plant changed',
  'model-swapped': 'new model',
  adjusted: 'adjusted',
};

export function markColour(kind: LiveMark['kind'], dark: boolean): string {
  if (kind === 'plant-changed') return dark ? '#ff8080' : '#c22525';
  if (kind === 'model-swapped') return dark ? '#4fd1bd' : '#0b7a6b';
  return dark ? '#8f9cff' : '#4c5fd5';
}

/** Where names would lie over one another, the more telling one is written. */
const TELLING: readonly LiveMark['kind'][] = ['plant-changed', 'model-swapped', 'adjusted'];
const tellingFirst = (a: LiveMark, b: LiveMark) => TELLING.indexOf(a.kind) - TELLING.indexOf(b.kind);

/** Step, in the plot's own x, at which the newest plan leaves known territory; null when it does not, or nobody can tell. */
export function unknownFrom(zero: number): number | null {
  const { plan } = live;
  const known = plan?.insight.knownSteps ?? null;
  if (plan === null || known === null || known >= plan.mean.length - 1) return null;
  return plan.step + known - zero;
}

/** A line of one pixel at x, from top to bottom. */
export function verticalLine(plot: uPlot, at: number, colour: string): void {
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(at, 'x', true)) + 0.5;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

/** Fades what is drawn before `from` and behind `to` on the x axis, with a line at each. */
export function fadeOutside(plot: uPlot, { from, to }: { from: number; to: number }, colour: string): void {
  const { ctx, bbox } = plot;
  const end = bbox.left + bbox.width;
  const [left, right] = [from, to].map((x) =>
    Math.min(end, Math.max(bbox.left, plot.valToPos(x, 'x', true))),
  ) as [number, number];
  ctx.save();
  ctx.fillStyle = withAlpha(colour, 0.72);
  ctx.fillRect(bbox.left, bbox.top, left - bbox.left, bbox.height);
  ctx.fillRect(right, bbox.top, end - right, bbox.height);
  ctx.restore();
}

/** Tints what lies beyond `from()` on the x axis, with a line where it begins. */
export function beyondKnown(from: () => number | null): uPlot.Plugin {
  return {
    hooks: {
      drawAxes: (plot) => {
        const x = from();
        if (x === null) return;
        const { ctx, bbox } = plot;
        const left = Math.max(bbox.left, Math.round(plot.valToPos(x, 'x', true)) + 0.5);
        const right = bbox.left + bbox.width;
        if (left >= right) return;
        ctx.save();
        ctx.fillStyle = withAlpha(UNKNOWN_COLOUR, 0.12);
        ctx.fillRect(left, bbox.top, right - left, bbox.height);
        ctx.strokeStyle = UNKNOWN_COLOUR;
        ctx.setLineDash([3, 3]);
        ctx.lineWidth = 1.25;
        ctx.beginPath();
        ctx.moveTo(left, bbox.top);
        ctx.lineTo(left, bbox.top + bbox.height);
        ctx.stroke();
        ctx.restore();
      },
    },
  };
}

/** Tints what was recorded, so that one sees what is on disk; x is seconds before the newest sample. */
export function recordedTint(seconds: number, dark: boolean): uPlot.Plugin {
  return {
    hooks: {
      drawAxes: (plot) => {
        const { ctx, bbox } = plot;
        const { ring } = live;
        ctx.save();
        ctx.fillStyle = withAlpha(RECORDED_COLOUR, dark ? 0.16 : 0.09);
        for (const [from, to] of ring.recorded(ring.rowsWithin(seconds))) {
          const left = Math.max(bbox.left, plot.valToPos(from - ring.newest, 'x', true));
          const right = Math.min(bbox.left + bbox.width, plot.valToPos(to - ring.newest, 'x', true));
          if (right > left) ctx.fillRect(left, bbox.top, right - left, bbox.height);
        }
        ctx.restore();
      },
    },
  };
}

/**
 * A vertical line at every change of the run that is in view, named where `named` is set and the names do not lie over
 * one another.
 * @param zero step at x = 0; null while nothing is drawn
 */
export function changeMarks(zero: () => number | null, dark: boolean, named: boolean): uPlot.Plugin {
  return {
    hooks: {
      draw: (plot) => {
        const now = zero();
        if (now === null || live.marks.length === 0) return;
        const { ctx, bbox } = plot;
        const episode = live.plan?.episode ?? null;
        const taken: [number, number][] = [];
        ctx.save();
        ctx.lineWidth = 1.25;
        ctx.textBaseline = 'top';
        ctx.textAlign = 'left';
        for (const mark of live.marks.toSorted(tellingFirst)) {
          if (mark.episode !== episode) continue;
          const x = Math.round(plot.valToPos(mark.step - now, 'x', true)) + 0.5;
          if (x < bbox.left || x > bbox.left + bbox.width) continue;
          ctx.strokeStyle = ctx.fillStyle = markColour(mark.kind, dark);
          ctx.beginPath();
          ctx.moveTo(x, bbox.top);
          ctx.lineTo(x, bbox.top + bbox.height);
          ctx.stroke();
          const width = ctx.measureText(NAMES[mark.kind]).width;
          const end = x + width + 8;
          const covered = taken.some(([from, to]) => x < to && end > from);
          if (!named || covered || end > bbox.left + bbox.width) continue;
          ctx.fillText(NAMES[mark.kind], x + 4, bbox.top + 1);
          taken.push([x, end]);
        }
        ctx.restore();
      },
    },
  };
}
