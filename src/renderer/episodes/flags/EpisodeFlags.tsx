import { Badge, Button } from '@mantine/core';
import { useState } from 'react';
import { type EpisodeFlag, FLAG_WORDS } from '../../../shared/flags';

/** So many are told at first. */
const FIRST = 3;

/** What may be wrong with an episode, a line each; its step leads there. Nothing where nothing is. */
export function EpisodeFlags({
  flags,
  onPick,
}: {
  flags: readonly EpisodeFlag[];
  onPick: (step: number) => void;
}) {
  const [all, setAll] = useState(false);
  if (flags.length === 0) return null;
  const shown = all ? flags : flags.slice(0, FIRST);
  return (
    <div className="flag-list" data-testid="episode-flags">
      <ul className="events" aria-label="What may be wrong">
        {shown.map((flag) => (
          <li key={`${flag.kind} ${flag.channel} ${flag.from}`} data-tone="warn">
            <button type="button" className="event-step" onClick={() => onPick(flag.from)}>
              {flag.from === flag.to ? flag.from : `${flag.from}–${flag.to}`}
            </button>
            <span className="event-text">
              <Badge size="xs" variant="light" color="yellow" mr={6}>
                {FLAG_WORDS[flag.kind]}
              </Badge>
              {flag.message}
            </span>
          </li>
        ))}
      </ul>
      {flags.length > FIRST && (
        <Button variant="subtle" size="compact-xs" onClick={() => setAll(!all)} data-testid="flags-more">
          {all ? 'Fewer' : `${flags.length - FIRST} more`}
        </Button>
      )}
    </div>
  );
}
