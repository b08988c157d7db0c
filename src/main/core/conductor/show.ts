import type { StepRow } from '../../../shared/episode';
import type { TickMessage } from '../../control/messages';
import type { Telemetry } from '../telemetry';
import type { EpisodeLedger } from './ledger';

/** A row on every window's live view. */
export function showRow(
  telemetry: Telemetry,
  tick: TickMessage,
  row: StepRow,
  episode: {
    id: number;
    kind: 'recording' | 'running';
    maxSteps: number;
    ledger: EpisodeLedger;
  },
): void {
  const { id, kind, maxSteps, ledger } = episode;
  telemetry.publish({ kind: 'counts', counts: { ...ledger.counts } });
  if (tick.events.length > 0) telemetry.publish({ kind: 'events', events: tick.events });
  telemetry.publish({
    kind: 'sample',
    sample: {
      seconds: tick.hostSeconds,
      episode: id,
      step: tick.step,
      observation: tick.observation,
      action: row.action,
      reward: row.reward,
      latenessMs: tick.latenessSeconds * 1000,
      planMs: row.planMs,
      missed: row.missed === 1,
    },
  });
  telemetry.publish({
    kind: 'activity',
    activity: {
      ...telemetry.activity,
      ...{ kind, episode: id, step: tick.step, maxSteps, return: ledger.return },
    },
  });
}
