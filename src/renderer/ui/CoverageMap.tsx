import { Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { missingWords } from '../../shared/occupancy';
import type { Coverage } from '../../shared/survey';
import { formatNumber, withUnit } from './format';

/** Where two channels were together: the more often, the darker; the second channel upwards. */
export function CoverageMap({ coverage }: { coverage: Coverage }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { bins, counts, channels, units, from, to, visited } = coverage;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const image = context.createImageData(bins, bins);
    const most = Math.log1p(counts.reduce((a, b) => Math.max(a, b), 1));
    for (let x = 0; x < bins; x++) {
      for (let y = 0; y < bins; y++) {
        const count = counts[x * bins + y] ?? 0;
        const at = 4 * ((bins - 1 - y) * bins + x);
        // A bin with a single row is seen as well.
        const shade = count === 0 ? 0 : 70 + (185 * Math.log1p(count)) / most;
        image.data.set([34, 139, 230, shade], at);
      }
    }
    context.putImageData(image, 0, 0);
  }, [bins, counts]);
  const axis = (i: 0 | 1) =>
    `${channels[i]} from ${formatNumber(from[i])} to ${withUnit(formatNumber(to[i]), units[i])}`;
  const missing = missingWords(coverage);
  const share = `${formatNumber(100 * visited, 3)} % of the map was visited.`;
  return (
    <div data-testid="coverage">
      <canvas
        ref={canvas}
        width={bins}
        height={bins}
        className="dataset-map"
        role="img"
        aria-label={`Coverage of ${channels.join(' and ')}: ${share}`}
      />
      <Text size="xs" c="dimmed">
        To the right {axis(0)}; upwards {axis(1)}. {share}
      </Text>
      {missing && (
        <Text size="xs" mt={4} data-testid="coverage-missing">
          {missing}
        </Text>
      )}
    </div>
  );
}
