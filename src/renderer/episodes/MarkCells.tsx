import { OUTCOMES, Outcome } from '../../shared/episode';
import type { ListedEpisode } from '../../shared/episode-list';
import { api } from '../api';
import { attempt } from '../store/notify';

interface Cell {
  episode: ListedEpisode;
  /** It is the row that is looked at: Tab reaches its controls, not those of a hundred others. */
  active: boolean;
}

/** A favourite or not; pressed, the other. */
export function StarCell({ episode: { id, starred }, active }: Cell) {
  return (
    <button
      type="button"
      className="star"
      aria-pressed={starred}
      aria-label={`Favourite: episode ${id}`}
      tabIndex={active ? 0 : -1}
      onClick={() => void attempt(() => api().episodes.star({ ids: [id], starred: !starred }))}
      data-testid={`star-${id}`}
    >
      {starred ? '★' : '☆'}
    </button>
  );
}

/** How it went, as a person says. */
export function OutcomeCell({ episode: { id, outcome }, active }: Cell) {
  const say = (value: string) =>
    void attempt(() =>
      api().episodes.judge({ ids: [id], outcome: value === '' ? null : Outcome.parse(value) }),
    );
  return (
    <select
      className="outcome"
      data-outcome={outcome ?? 'none'}
      value={outcome ?? ''}
      onChange={(e) => say(e.currentTarget.value)}
      aria-label={`Outcome of episode ${id}`}
      tabIndex={active ? 0 : -1}
      data-testid={`outcome-${id}`}
    >
      <option value="">–</option>
      {OUTCOMES.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </select>
  );
}
