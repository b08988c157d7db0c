import { Text } from '@mantine/core';
import { useLive } from '../live/live';
import { EventList } from '../ui/EventList';

export function RunEvents() {
  const events = useLive((s) => s.events);
  return (
    <div className="dock-content">
      {events.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing to report. Late plans, guard interventions, changes and stops appear here with their step.
        </Text>
      ) : (
        <EventList events={events} />
      )}
    </div>
  );
}
