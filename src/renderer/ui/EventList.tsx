import type { EpisodeEvent } from '../../shared/episode';
import { spaced } from './format';

const TONE: Partial<Record<EpisodeEvent['kind'], 'bad' | 'warn'>> = {
  'guard-clip': 'warn',
  'guard-rate': 'warn',
  'outside-limits': 'bad',
  watchdog: 'bad',
  overrun: 'warn',
  'missed-plan': 'warn',
  stop: 'bad',
  'rig-fault': 'bad',
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
  return (
    <ol className="events" data-testid="events">
      {events.map((event, i) => (
        <li key={event.id ?? `${event.step} ${event.kind} ${i}`} data-tone={eventTone(event.kind)}>
          {onPick ? (
            <button type="button" className="event-step" onClick={() => onPick(event.step)}>
              {event.step}
            </button>
          ) : (
            <span className="event-step">{event.step}</span>
          )}
          <span className="event-kind">{spaced(event.kind)}</span>
          <span className="event-text">{event.message}</span>
        </li>
      ))}
    </ol>
  );
}
