import { useLive } from '../live/live';
import { groupDigits, spaced } from '../ui/format';
import { Panel, Stat } from '../ui/Panel';

/** Counters that mean something was lost; anything above zero stands out. */
const BAD = /error|lost|bad|drop|garbage|overrun|timeout|crc|resync|skipp|duplicate|gap/i;

export function LinkPanel() {
  const link = useLive((s) => s.status?.link);
  const counts = useLive((s) => s.counts);
  if (!link) return null;
  const { jitter, counters } = link;
  return (
    <Panel title="Link" testId="link-panel">
      <div className="stats">
        <Stat
          name="Late p50"
          value={jitter ? `${jitter.p50.toFixed(2)} ms` : '–'}
          title="Tick lateness, median"
        />
        <Stat name="p99" value={jitter ? `${jitter.p99.toFixed(2)} ms` : '–'} testId="jitter-p99" />
        <Stat name="max" value={jitter ? `${jitter.max.toFixed(1)} ms` : '–'} />
        <Stat
          name="Overruns"
          value={groupDigits(counts.overruns)}
          tone={counts.overruns > 0 ? 'bad' : undefined}
        />
        <Stat name="Guard" value={groupDigits(counts.guard)} title="Commands that the guard changed" />
        {Object.entries(counters).map(([name, value]) => (
          <Stat
            key={name}
            name={spaced(name)}
            value={groupDigits(value)}
            tone={value > 0 && BAD.test(name) ? 'bad' : undefined}
          />
        ))}
      </div>
    </Panel>
  );
}
