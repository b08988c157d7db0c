import { Text } from '@mantine/core';
import { useLive } from '../live/live';
import { Folded } from '../ui/Folded';
import { groupDigits, spaced } from '../ui/format';
import { Panel, Stat } from '../ui/Panel';
import { isLoss, lineWords, linkWords } from './link-words';

const TONES = { good: 'var(--good-text)', bad: 'var(--bad-text)', unknown: 'var(--text-soft)' };

/** The link in words; the numbers behind them are folded away. */
export function LinkPanel({ periodSeconds }: { periodSeconds: number }) {
  const link = useLive((s) => s.status?.link);
  const counts = useLive((s) => s.counts);
  if (!link) return null;
  const { jitter, counters } = link;
  const words = linkWords(link, { overruns: counts.overruns, periodSeconds });
  return (
    <Panel title="Link" testId="link-panel">
      <Text size="sm" fw={600} c={TONES[words.tone]} data-testid="link-words">
        {words.title}
      </Text>
      <Text size="xs" c="dimmed" mb={4}>
        {words.reason}
      </Text>
      {link.line && (
        <Text size="xs" c="dimmed" mb={4} data-testid="link-line">
          {lineWords(link.line)}
        </Text>
      )}
      <Folded title="Numbers" testId="link-numbers">
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
              tone={value > 0 && isLoss(name) ? 'bad' : undefined}
            />
          ))}
        </div>
      </Folded>
    </Panel>
  );
}
