import { Button, SegmentedControl, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { LatentMap } from '../../../shared/latent-map';
import type { ModelSummary } from '../../../shared/model';
import { api } from '../../api';
import { useLive } from '../../live/live';
import { useStrip } from '../../store/film-strip';
import { useOpen } from '../../store/queries';
import { useUi } from '../../store/ui-state';
import { formatCount, groupDigits } from '../../ui/format';
import { Problem } from '../../ui/Messages';
import { Panel } from '../../ui/Panel';
import { MapView } from './MapView';
import { type ColouredBy, colourEnds, pointWords } from './map-view';

/** Where recorded steps lie in the latent space of a model that learned from pictures, and what was seen at each. */
export function LatentMapPanel({ model }: { model: ModelSummary }) {
  const [by, setBy] = useState<ColouredBy>('second');
  const { data: map, error } = useMap(model.hash);
  const busy = useBusy();
  return (
    <Panel
      title="Map of its states"
      aside={
        <SegmentedControl
          value={by}
          onChange={(value) => setBy(value as ColouredBy)}
          data={[
            { value: 'second', label: 'Time' },
            { value: 'reward', label: 'Reward' },
            { value: 'episode', label: 'Episode' },
          ]}
          aria-label="Coloured by"
          data-testid="map-by"
        />
      }
      testId="latent-map"
    >
      {error ? (
        <Problem error={error} />
      ) : map ? (
        <Drawn key={model.hash} model={model} map={map} by={by} />
      ) : (
        <div className="map-waiting">
          <Text size="sm" c="dimmed">
            {busy ? 'It is drawn when the rig is at rest.' : 'Looking at the recorded pictures …'}
          </Text>
        </div>
      )}
    </Panel>
  );
}

/** Drawing one takes a processor for seconds, which a rig that moves may need. */
const useBusy = () => useLive((s) => (s.activity?.kind ?? 'idle') !== 'idle');

function useMap(model: string) {
  const busy = useBusy();
  return useQuery({
    queryKey: ['latent-map', model],
    queryFn: ({ signal }) => api().models.map({ model }, { signal }),
    enabled: useOpen() && !busy,
    staleTime: 300_000,
    placeholderData: (before, query) => (query?.queryKey[1] === model ? keepPreviousData(before) : undefined),
  });
}

function Drawn({ model, map, by }: { model: ModelSummary; map: LatentMap; by: ColouredBy }) {
  const [chosen, setChosen] = useState(0);
  const [pointed, setPointed] = useState<number | null>(null);
  const shown = Math.min(pointed ?? chosen, map.x.length - 1);
  const scale = colourEnds(map, by);
  const open = () =>
    useUi.setState({
      room: 'episodes',
      episode: map.episode[chosen] ?? null,
      episodeRow: map.row[chosen] ?? 0,
    });
  return (
    <div className="map">
      <div className="map-drawing">
        <MapView
          map={map}
          by={by}
          shown={shown}
          chosen={chosen}
          onChoose={setChosen}
          onPoint={setPointed}
          onOpen={open}
        />
        <div className="map-foot">
          {scale && (
            <span className="map-scale tabular">
              {scale[0]}
              <span className="map-ramp" aria-hidden="true" />
              {scale[1]}
            </span>
          )}
          <Text size="xs" c="dimmed" className="tabular">
            {aboutWords(map)}
          </Text>
        </div>
      </div>
      <div className="map-about">
        <Text size="sm" className="tabular" data-testid="map-point">
          {pointWords(map, shown)}
        </Text>
        <Frame model={model} episode={map.episode[shown] ?? 0} row={map.row[shown] ?? 0} />
        <Button variant="default" size="xs" onClick={open} data-testid="map-open">
          Open episode {map.episode[chosen]} at step {map.row[chosen]}
        </Button>
      </div>
    </div>
  );
}

function aboutWords({ x, among, episode, explained }: LatentMap): string {
  const some = among > x.length ? `, a sample of ${groupDigits(among)}` : '';
  const share = Math.round(100 * (explained[0] + explained[1]));
  return `${formatCount(x.length, 'state')}${some}, of ${formatCount(new Set(episode).size, 'episode')}, along the two directions in which they differ most: ${share} % of their variance.`;
}

/** What the camera saw at a point, and what the state there shows. */
function Frame({ model, episode, row }: { model: ModelSummary; episode: number; row: number }) {
  const { strip, error } = useStrip(model.hash, episode, row);
  const now = strip?.moments[0];
  if (error !== null) return <Problem error={error} />;
  return (
    <div className="map-frames">
      {(['saw', 'says'] as const).map((which) => (
        <figure key={which}>
          {now ? (
            <img
              src={`data:image/png;base64,${now[which]}`}
              alt={FRAMES[which]}
              data-testid={`map-${which}`}
            />
          ) : (
            <div className="film-none" />
          )}
          <figcaption>{FRAMES[which]}</figcaption>
        </figure>
      ))}
    </div>
  );
}

const FRAMES = { saw: 'Camera saw', says: 'Model says' } as const;
