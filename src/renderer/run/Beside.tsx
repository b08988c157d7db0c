import type { RigFile } from '../../shared/rig';
import { live, useLive } from '../live/live';
import { useCurrentRig, useRig } from '../store/queries';
import { formatNumber, withUnit } from '../ui/format';
import { Stat } from '../ui/Panel';
import { newestPlan, type Planned } from './newest-plan';

/** What the one that thinks along would command, beside what is commanded; drawn anew with what is around it. */
export function Beside() {
  const { name } = useCurrentRig();
  const rig = useRig(name).data?.file;
  const episode = useLive((s) => (s.activity?.beside ? s.activity.episode : null));
  const beside = live.beside;
  if (!rig || beside === null || beside.episode !== episode) return null;
  return <BesideWords beside={beside} drives={newestPlan()} actions={rig.actions} />;
}

/** @param drives the newest word of the one that drives; null where there is none */
export function BesideWords({
  beside,
  drives,
  actions,
}: {
  beside: Planned;
  drives: Planned | null;
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

const firstAction = ({ actions }: Planned): readonly number[] => actions[0] ?? [];
