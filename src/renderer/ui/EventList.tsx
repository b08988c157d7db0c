import { useMemo } from 'react';
import type { EpisodeEvent } from '../../shared/episode';
import { foldEvents } from './fold';
import { spaced } from './format';

const TONE: Partial<Record<EpisodeEvent['kind'], 'bad' | 'warn'>> = {
  'guard-clip': 'warn',
  'guard-rate': 'warn',
  'joint-limit': 'warn',
  workspace: 'warn',
  'outside-limits': 'bad',
  watchdog: 'bad',
  overrun: 'warn',
  'missed-plan': 'warn',
  stop: 'bad',
  'rig-fault': 'bad',
  'plant-changed': 'warn',
  camera: 'warn',
};

export function eventTone(kind: EpisodeEvent['kind']): 'bad' | 'warn' | 'plain' {
  return TONE[kind] ?? 'plain';
}

/** Events with their step; a click goes there where that means something. */
export function EventList({
  events,
  onPick,
}: {
  events: readonly (EpisodeEvent & { id?: number })[];
  onPick?: (step: number) => void;
}) {
  const folded = useMemo(() => foldEvents(events), [events]);
  return (
    <ol className="events" data-testid="events">
      {folded.map((event) => {
        const steps = event.from === event.to ? String(event.from) : `${event.from}–${event.to}`;
        return (
          <li key={event.key} data-tone={eventTone(event.kind)}>
            {onPick ? (
              <button type="button" className="event-step" onClick={() => onPick(event.from)}>
                {steps}
              </button>
            ) : (
              <span className="event-step">{steps}</span>
            )}
            <span className="event-text">
              <span className="event-kind">{spaced(event.kind)}</span>
              {event.count > 1 && <span className="faint"> × {event.count}</span>} {event.message}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
