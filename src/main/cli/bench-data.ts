import type { Output } from './output';

/** What long recordings cost: importing, looking, printing; with the bars beside. */
export async function benchDataCommand(rows: number[], out: Output): Promise<void> {
  const { benchData } = await import('../bench/data');
  const report = await benchData(rows, (what) => out.remark(what));
  const { bars } = report;
  const peak = (megabytes: number | null) =>
    megabytes === null ? 'not known here' : `${megabytes.toFixed(0)} MB`;
  out.result(report, () =>
    out.table(
      ['rows', 'what', 'measured', 'peak memory', 'bar'],
      report.recordings.flatMap(({ rows: count, import: imported, views, show }) => [
        [
          ...[
            String(count),
            'import',
            `${imported.mbPerSecond.toFixed(1)} MB/s in ${imported.seconds.toFixed(1)} s`,
          ],
          ...[peak(imported.peakMB), `${bars.importMBPerSecond} MB/s, ${bars.peakMB} MB`],
        ],
        ...views.map(({ share, coldMs, warmMs }) => [
          ...[String(count), `view of ${share === 1 ? 'all' : `1/${Math.round(1 / share)}`}`],
          ...[`${coldMs.toFixed(1)} ms first, ${warmMs.toFixed(1)} ms then`, '', `${bars.viewMs} ms`],
        ]),
        [
          ...[
            String(count),
            'show --json',
            `${show.mbPerSecond.toFixed(1)} MB/s in ${show.seconds.toFixed(1)} s`,
          ],
          ...[peak(show.peakMB), `${bars.peakMB} MB`],
        ],
      ]),
    ),
  );
}
