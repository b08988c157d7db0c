import { useEffect, useState } from 'react';
import type { FilmStrip, ForeseenStrip } from '../../shared/film-strip';
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
  return model?.eyes ? model : null;
}

/** What the camera sees now, what the model says it sees, what it had imagined of now, and what it imagines of what comes. */
export function LiveStrip({ model }: { model: ModelSummary }) {
  const running = useLive((s) => (s.activity?.kind === 'running' ? s.activity.episode : null));
  const ran = useLive((s) => s.ran?.episode ?? null);
  const { strip, foreseen } = useNewest(model, running ?? ran, running !== null);
  if (!strip && !foreseen) {
    return (
      <Empty compact title="Nothing seen yet">
        What the camera saw, and what the model made of it, is shown here as soon as the run has a picture.
      </Empty>
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls has to be reached by the keyboard
    <section className="run-film" tabIndex={0} aria-label="Seen, and imagined">
      {strip && <Seen strip={strip} periodSeconds={model.periodSeconds} />}
      {foreseen && (
        <Ahead foreseen={foreseen} periodSeconds={model.periodSeconds} fromItsBeginning={strip === null} />
      )}
    </section>
  );
}

/** "+5 steps" with "+0.25 s" below it, of a moment so many steps from now. */
const fromNow = (steps: number, periodSeconds: number): { title: string; note: string } => {
  const sign = steps < 0 ? '−' : '+';
  const seconds = Number((Math.abs(steps) * periodSeconds).toPrecision(3));
  return { title: `${sign}${formatCount(Math.abs(steps), 'step')}`, note: `${sign}${seconds} s` };
};

function Seen({ strip, periodSeconds }: { strip: FilmStrip; periodSeconds: number }) {
  const { moments } = strip;
  const last = moments.at(-1)?.steps ?? 0;
  return (
    <PictureStrip
      label="What the model makes of what the camera sees"
      columns={moments.map(({ steps }) => ({
        key: String(last - steps),
        ...(steps === last
          ? { title: 'now', note: `row ${strip.row + steps}` }
          : fromNow(steps - last, periodSeconds)),
      }))}
      rows={filmRows(moments, false)}
      testId="live-strip"
    />
  );
}

/** The newest plan as it would look. @param fromItsBeginning with how it begins, where what the model says of now does not stand beside it */
function Ahead({
  foreseen: { step, moments: all },
  periodSeconds,
  fromItsBeginning,
}: {
  foreseen: ForeseenStrip;
  periodSeconds: number;
  fromItsBeginning: boolean;
}) {
  const moments = all.filter(({ steps }) => fromItsBeginning || steps > 0);
  return (
    <PictureStrip
      label="What the newest plan imagines"
      columns={moments.map(({ steps }) => ({
        key: String(steps),
        ...(steps === 0 ? { title: 'begins', note: `row ${step}` } : fromNow(steps, periodSeconds)),
      }))}
      rows={[
        {
          name: 'Plan',
          about: 'What the newest plan foresees of its actions, by the mean of the members.',
          pictures: moments.map(({ imagined }) => ({ file: imagined, share: null })),
        },
      ]}
      testId="live-plan"
    />
  );
}

interface Newest {
  strip: FilmStrip | null;
  foreseen: ForeseenStrip | null;
}

/** The newest of an episode, again and again while it goes on; what cannot be had yet is not there. */
function useNewest({ hash: model, eyes }: ModelSummary, episode: number | null, goesOn: boolean): Newest {
  const [shown, setShown] = useState<Newest>({ strip: null, foreseen: null });
  // What a filter believes follows from all that came before: of an episode that goes on that is not gone through again and again.
  const looksBack = eyes !== null && eyes.recurrent === null;
  useEffect(() => {
    if (episode === null) return;
    let here = true;
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      const strip = looksBack
        ? await api()
            .models.strip({ model, episode, row: null })
            .catch(() => null)
        : null;
      const foreseen = await api()
        .models.foreseen({ model, episode })
        .catch(() => null);
      if (!here) return;
      setShown((before) => ({ strip: strip ?? before.strip, foreseen: foreseen ?? before.foreseen }));
    };
    const look = async () => {
      if (!document.hidden) await ask();
      if (here && goesOn) timer = setTimeout(look, EVERY_MS);
    };
    void look();
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [model, episode, goesOn, looksBack]);
  const of = <Strip extends { episode: number }>(strip: Strip | null) =>
    strip?.episode === episode ? strip : null;
  return { strip: of(shown.strip), foreseen: of(shown.foreseen) };
}
