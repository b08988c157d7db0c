import { SegmentedControl, Select, Text } from '@mantine/core';
import { useState } from 'react';
import type { CoverageMap } from '../../../shared/model';
import { returnColour } from '../../charts/colours';
import { useChannelTitles } from '../../ui/ChannelName';
import { formatNumber, withUnit } from '../../ui/format';
import { Panel } from '../../ui/Panel';

type Shown = 'count' | 'error' | 'epistemic';
const WIDTH = 540;
const HEIGHT = 340;
const LEFT = 62;
const BOTTOM = 40;

/** Where in state space there is data, how good the model is there, and what it says about where there is none. */
export function CoveragePanel({ rig, maps }: { rig: string; maps: CoverageMap[] }) {
  const titleOf = useChannelTitles(rig);
  const [pair, setPair] = useState('0');
  const [shown, setShown] = useState<Shown>('count');
  const map = maps[Number(pair)] ?? maps[0];
  if (!map) return null;
  const title = (m: CoverageMap) => `${titleOf(m.x.name)} × ${titleOf(m.y.name)}`;
  return (
    <Panel
      title="Where there is data"
      aside={
        <>
          {maps.length > 1 && (
            <Select
              size="xs"
              data={maps.map((m, i) => ({ value: String(i), label: title(m) }))}
              value={pair}
              onChange={(value) => setPair(value ?? '0')}
              allowDeselect={false}
              aria-label="Channels"
            />
          )}
          <SegmentedControl
            value={shown}
            onChange={(value) => setShown(value as Shown)}
            data={[
              { value: 'count', label: 'Data' },
              { value: 'error', label: 'Error' },
              { value: 'epistemic', label: 'Not known' },
            ]}
            data-testid="coverage-shown"
          />
        </>
      }
      testId="coverage"
    >
      <HeatMap map={map} shown={shown} label={`${title(map)}: ${SENTENCES[shown]}`} />
      <Text size="xs" c="dimmed">
        {SENTENCES[shown]}
      </Text>
    </Panel>
  );
}

const SENTENCES: Record<Shown, string> = {
  count: 'Recorded transitions in each cell; empty cells were never visited.',
  error: 'One-step error where there is data, in units of the spread of one step.',
  epistemic: 'What the model says it does not know of one step, in units of the spread of one step.',
};

/** Cell values and how bright each is drawn: counts by their logarithm, the rest from zero to the largest. */
function valuesOf(map: CoverageMap, shown: Shown) {
  const values: (number | null)[][] =
    shown === 'count' ? map.count.map((row) => row.map((n) => (n === 0 ? null : n))) : map[shown];
  const scale = (value: number) => (shown === 'count' ? Math.log1p(value) : value);
  const largest = Math.max(...values.flat().map((v) => (v === null ? 0 : scale(v))), 1e-12);
  return { values, share: (value: number) => scale(value) / largest };
}

function HeatMap({ map, shown, label }: { map: CoverageMap; shown: Shown; label: string }) {
  const { values, share } = valuesOf(map, shown);
  const x = positions(map.x.edges, LEFT, WIDTH - 20);
  const y = positions(map.y.edges, HEIGHT - BOTTOM, 6);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="heat-map" role="img" aria-label={label}>
      <rect x={LEFT} y={6} width={WIDTH - LEFT - 20} height={HEIGHT - BOTTOM - 6} className="heat-ground" />
      {values.flatMap((row, j) =>
        row.map((value, i) => {
          const [left, right, bottom, top] = [x[i], x[i + 1], y[j], y[j + 1]];
          if (value === null || left === undefined || right === undefined) return null;
          if (bottom === undefined || top === undefined) return null;
          const [r, g, b] = returnColour(share(value)).map((c) => Math.round(255 * c));
          return (
            <rect
              key={`${left} ${top}`}
              x={left}
              y={top}
              width={right - left + 0.5}
              height={bottom - top + 0.5}
              fill={`rgb(${r},${g},${b})`}
            >
              <title>{`${formatNumber(value, 3)}`}</title>
            </rect>
          );
        }),
      )}
      {ends(map.x.edges).map(([edge, i]) => (
        <text key={`x${i}`} x={x[i]} y={HEIGHT - BOTTOM + 14} className="heat-tick" textAnchor="middle">
          {formatNumber(edge, 2)}
        </text>
      ))}
      {ends(map.y.edges).map(([edge, i]) => (
        <text key={`y${i}`} x={LEFT - 6} y={(y[i] ?? 0) + 4} className="heat-tick" textAnchor="end">
          {formatNumber(edge, 2)}
        </text>
      ))}
      <text x={(LEFT + WIDTH) / 2} y={HEIGHT - 6} className="heat-label" textAnchor="middle">
        {axisName(map.x)}
      </text>
      <text
        transform={`translate(12 ${(HEIGHT - BOTTOM) / 2}) rotate(-90)`}
        className="heat-label"
        textAnchor="middle"
      >
        {axisName(map.y)}
      </text>
    </svg>
  );
}

const axisName = ({ name, unit }: CoverageMap['x']) => withUnit(name, unit === '1' ? '' : `(${unit})`);

/** Edges to pixels between two ends. */
function positions(edges: readonly number[], from: number, to: number): number[] {
  const [low, high] = [edges[0] ?? 0, edges.at(-1) ?? 1];
  return edges.map((edge) => from + ((edge - low) / (high - low || 1)) * (to - from));
}

/** First, middle and last edge with their indices. */
function ends(edges: readonly number[]): [number, number][] {
  const last = edges.length - 1;
  return [...new Set([0, Math.round(last / 2), last])].map((i) => [edges[i] ?? 0, i]);
}
