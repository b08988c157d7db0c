import { useComputedColorScheme } from '@mantine/core';
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef } from 'react';
import type { LatentMap } from '../../../shared/latent-map';
import {
  type ColouredBy,
  MAP_HEIGHT,
  MAP_WIDTH,
  mapColours,
  mapPlaces,
  nearestPoint,
  pathOf,
  pointWords,
} from './map-view';

const RADIUS = 2.2;
/** Pixels of the drawing a unit of the map, for sharp screens. */
const FINE = 2;

/** The points; arrow keys go along them in the order in which they were recorded. */
export function MapView({
  map,
  by,
  shown,
  chosen,
  onChoose,
  onPoint,
  onOpen,
}: {
  map: LatentMap;
  by: ColouredBy;
  /** Point that is pointed at, or else the chosen one. */
  shown: number;
  chosen: number;
  onChoose(point: number): void;
  onPoint(point: number | null): void;
  onOpen(): void;
}) {
  const places = useMemo(() => mapPlaces(map), [map]);
  const canvas = usePoints(map, by, places);
  const last = map.x.length - 1;
  const under = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const scale = MAP_WIDTH / Math.max(1, box.width);
    return nearestPoint(places, {
      x: (event.clientX - box.left) * scale,
      y: (event.clientY - box.top) * scale,
    });
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter') return onOpen();
    const arrow = event.shiftKey ? 10 : 1;
    const by: Record<string, number> = {
      ...{ ArrowLeft: -arrow, ArrowDown: -arrow, ArrowRight: arrow, ArrowUp: arrow },
      ...{ PageDown: 25, PageUp: -25, Home: -last, End: last },
    };
    const move = by[event.key];
    if (move === undefined) return;
    event.preventDefault();
    onPoint(null);
    onChoose(Math.min(last, Math.max(0, chosen + move)));
  };
  const here = places[shown];
  const path = useMemo(
    () => pathOf(map, shown).map((i) => `${places[i]?.x.toFixed(1)},${places[i]?.y.toFixed(1)}`),
    [map, places, shown],
  );
  return (
    <div
      className="map-view"
      role="slider"
      tabIndex={0}
      aria-label="State on the map"
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={chosen}
      aria-valuetext={pointWords(map, chosen)}
      onKeyDown={onKey}
      onPointerMove={(event) => onPoint(under(event))}
      onPointerLeave={() => onPoint(null)}
      onPointerDown={(event) => {
        const point = under(event);
        if (point !== null) onChoose(point);
      }}
      onDoubleClick={onOpen}
      data-testid="map-view"
    >
      <canvas ref={canvas} width={FINE * MAP_WIDTH} height={FINE * MAP_HEIGHT} />
      <svg viewBox={`0 0 ${MAP_WIDTH} ${MAP_HEIGHT}`} aria-hidden="true">
        <polyline points={path.join(' ')} className="map-path" />
        {here && <circle cx={here.x} cy={here.y} r={6} className="map-here" />}
      </svg>
    </div>
  );
}

function usePoints(map: LatentMap, by: ColouredBy, places: readonly { x: number; y: number }[]) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme('light');
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    context.setTransform(FINE, 0, 0, FINE, 0, 0);
    context.clearRect(0, 0, MAP_WIDTH, MAP_HEIGHT);
    // Yellow on white and violet on black are seen with an edge of the other kind around them.
    context.strokeStyle = scheme === 'dark' ? 'rgba(255,255,255,0.35)' : 'rgba(0,0,0,0.25)';
    context.lineWidth = 0.5;
    const colours = mapColours(map, by);
    for (const [i, { x, y }] of places.entries()) {
      const colour = colours[i];
      context.beginPath();
      context.arc(x, y, RADIUS, 0, 2 * Math.PI);
      if (colour) {
        context.fillStyle = colour;
        context.fill();
      }
      context.stroke();
    }
  }, [map, by, places, scheme]);
  return canvas;
}
