import type { RigFile } from '../../shared/rig';
import type { ActionView, PlanView } from '../../shared/telemetry';
import { live, useLive } from '../live/live';
import { useCurrentRig, useRig } from '../store/queries';
import { formatNumber, withUnit } from '../ui/format';
import { Stat } from '../ui/Panel';

type View = PlanView | ActionView;

/** What the one that thinks along would command, beside what is commanded; drawn anew with what is around it. */
export function Beside() {
  const { name } = useCurrentRig();
  const rig = useRig(name).data?.file;
  const episode = useLive((s) => (s.activity?.beside ? s.activity.episode : null));
  const beside = live.beside;
  if (!rig || beside === null || beside.episode !== episode) return null;
  return (
    <BesideWords
      beside={beside}
      drives={newest(live.plan, live.acted.at(-1) ?? null)}
      actions={rig.actions}
    />
  );
}

/** @param drives the newest word of the one that drives; null where there is none */
export function BesideWords({
  beside,
  drives,
  actions,
}: {
  beside: View;
  drives: View | null;
  actions: readonly Pick<RigFile['actions'][number], 'name' | 'title' | 'unit'>[];
}) {
  const planner = beside.pilot === 'planner';
  const wanted = firstAction(beside);
  const commanded = drives && firstAction(drives);
  return (
    <div className="stack-xs" data-testid="beside">
      <div className="stat-name">
        {planner ? 'The planner thinks along and would command' : 'The policy thinks along and would command'}
      </div>
      <div className="stats stats-pairs">
        {actions.map(({ name, title = name, unit }, i) => (
          <Stat
            key={name}
            name={title}
            value={
              <>
                {withUnit(formatNumber(wanted[i], 3), unit)}
                {commanded && (
                  <span className="faint"> · commanded {withUnit(formatNumber(commanded[i], 3), unit)}</span>
                )}
              </>
            }
          />
        ))}
      </div>
    </div>
  );
}

const firstAction = (view: View): readonly number[] =>
  'action' in view ? view.action : (view.actions[0] ?? []);

/** Of two words the one for the later step of the later episode. */
function newest(one: View | null, other: View | null): View | null {
  if (one === null || other === null) return one ?? other;
  const later = one.episode === other.episode ? one.step > other.step : one.episode > other.episode;
  return later ? one : other;
}
