import { Select, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { type BoxSide, Occupancy, occupancyWords } from '../../shared/occupancy';
import type { RigFile } from '../../shared/rig';
import type { Coverage } from '../../shared/survey';
import { live, onSlowTick } from '../live/live';
import { CoverageMap } from '../ui/CoverageMap';
import { Panel } from '../ui/Panel';

interface Side extends BoxSide {
  of: 'observation' | 'action';
  index: number;
}

/** Channels with a range: their limits, or all the way round for an angle. */
function sidesOf(rig: RigFile): Side[] {
  const observed = rig.observations.flatMap(({ name, unit, limits, angle }, index): Side[] => {
    const range = limits ?? (angle ? ([-Math.PI, Math.PI] as const) : undefined);
    return range ? [{ name, unit, range, of: 'observation', index }] : [];
  });
  const commanded = rig.actions.map(
    ({ name, unit, limits }, index): Side => ({
      ...{ name, unit, range: limits, of: 'action', index },
    }),
  );
  return [...observed, ...commanded];
}

/** Where two channels have been together in what was recorded while this room was open, as it grows. */
export function CoveragePanel({ rig }: { rig: RigFile }) {
  const sides = sidesOf(rig);
  const [names, setNames] = useState<[string, string]>([sides[0]?.name ?? '', sides[1]?.name ?? '']);
  const [coverage, setCoverage] = useState<Coverage | null>(null);
  const [one, other] = names.map((name) => sides.find((side) => side.name === name));
  const said = JSON.stringify([one, other]);
  const counted = useRef(0);
  useEffect(() => {
    const [x, y] = JSON.parse(said) as [Side | undefined, Side | undefined];
    if (!x || !y) return;
    const occupancy = new Occupancy([x, y]);
    // What the ring still has of what was recorded counts as well.
    counted.current = Math.max(0, live.ring.total - live.ring.size);
    const take = () => {
      const { ring } = live;
      for (let age = Math.min(ring.size, ring.total - counted.current) - 1; age >= 0; age--) {
        const slot = ring.slot(age);
        if (!Number.isFinite(ring.episode[slot])) continue;
        const of = ({ of: kind, index, range: [low, high], unit }: Side) => {
          const value = ring[kind][index]?.[slot] ?? Number.NaN;
          // An angle without limits is counted where it is on its way round.
          return unit === 'rad' && low === -Math.PI && high === Math.PI
            ? Math.atan2(Math.sin(value), Math.cos(value))
            : value;
        };
        occupancy.add(of(x), of(y));
      }
      counted.current = ring.total;
      setCoverage(occupancy.rows > 0 ? occupancy.coverage : null);
    };
    setCoverage(null);
    take();
    return onSlowTick(take);
  }, [said]);
  if (sides.length < 2) return null;
  const choose = (i: 0 | 1) => (name: string | null) =>
    setNames((now) => (i === 0 ? [name ?? now[0], now[1]] : [now[0], name ?? now[1]]));
  return (
    <Panel title="Coverage">
      <div className="form-grid">
        {([0, 1] as const).map((i) => (
          <Select
            key={i}
            aria-label={i === 0 ? 'To the right' : 'Upwards'}
            data={sides.map(({ name }) => name)}
            value={names[i]}
            onChange={choose(i)}
            allowDeselect={false}
            data-testid={`coverage-${i}`}
          />
        ))}
      </div>
      {coverage ? (
        <div className="stack-xs" style={{ marginTop: 8 }}>
          <Text size="sm" fw={500} data-testid="coverage-share">
            {occupancyWords(coverage)}
          </Text>
          <CoverageMap coverage={coverage} />
        </div>
      ) : (
        <Text size="xs" c="dimmed" mt={6}>
          What is recorded while this window is open fills a map of these two.
        </Text>
      )}
    </Panel>
  );
}
