import { useEffect, useState } from 'react';
import type { FilmStrip } from '../../shared/film-strip';
import type { ModelSummary } from '../../shared/model';
import { api } from '../api';
import { useLive } from '../live/live';
import { useModels } from '../store/queries';
import { filmRows } from '../ui/film-rows';
import { formatCount } from '../ui/format';
import { Empty } from '../ui/Messages';
import { PictureStrip } from '../ui/PictureStrip';

/** Between two looks: it is for the eye, and a plan needs the processor more. */
const EVERY_MS = 500;

/** The model of pictures that plans, or has planned until just now; null where the run is by channels. */
export function useSeeingModel(): ModelSummary | null {
  const asked = useLive((s) => (s.activity?.kind === 'running' ? s.activity : s.ran)?.model ?? null);
  const model = useModels().data?.find(({ hash, name }) => hash === asked || name === asked);
  // What a filter believes follows from all that came before: of an episode that goes on that is not gone through again and again.
  return model?.eyes && model.eyes.recurrent === null ? model : null;
}

/** What the camera sees now, what the model says it sees, and what it had imagined of now and the moments before. */
export function LiveStrip({ model }: { model: ModelSummary }) {
  const running = useLive((s) => (s.activity?.kind === 'running' ? s.activity.episode : null));
  const ran = useLive((s) => s.ran?.episode ?? null);
  const strip = useNewest(model.hash, running ?? ran, running !== null);
  if (!strip) {
    return (
      <Empty compact title="Nothing seen yet">
        What the camera saw, and what the model made of it, is shown here as soon as the run has a picture.
      </Empty>
    );
  }
  const { moments } = strip;
  const last = moments.at(-1)?.steps ?? 0;
  const seconds = (steps: number) => `${Number((steps * model.periodSeconds).toPrecision(3))} s`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls has to be reached by the keyboard
    <section className="run-film" tabIndex={0} aria-label="Seen, and imagined">
      <PictureStrip
        label="What the model makes of what the camera sees"
        columns={moments.map(({ steps }) => ({
          key: String(last - steps),
          title: steps === last ? 'now' : formatCount(last - steps, 'step'),
          note: steps === last ? `row ${strip.row + steps}` : `${seconds(last - steps)} ago`,
        }))}
        rows={filmRows(moments, false)}
        testId="live-strip"
      />
    </section>
  );
}

/** The newest strip of an episode, again and again while it goes on; what cannot be had yet is not there. */
function useNewest(model: string, episode: number | null, goesOn: boolean): FilmStrip | null {
  const [shown, setShown] = useState<FilmStrip | null>(null);
  useEffect(() => {
    if (episode === null) return;
    let here = true;
    let timer: ReturnType<typeof setTimeout>;
    const look = async () => {
      const strip = document.hidden
        ? null
        : await api()
            .models.strip({ model, episode, row: null })
            .catch(() => null);
      if (!here) return;
      if (strip) setShown(strip);
      if (goesOn) timer = setTimeout(look, EVERY_MS);
    };
    void look();
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [model, episode, goesOn]);
  return shown?.episode === episode ? shown : null;
}
