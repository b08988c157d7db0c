import { SegmentedControl, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useLive, useSlow } from '../live/live';
import { EventList } from '../ui/EventList';
import { formatCount } from '../ui/format';
import { Empty } from '../ui/Messages';
import { budgetOf, timesOf } from './budget';
import type { LatePlans } from './late';
import { newestPlan } from './newest-plan';
import { PlanningPanel } from './PlanningPanel';
import { planningRows } from './use-late';

type Tab = 'planning' | 'events';

/** Planning time and events: folded to a line until somebody asks, or until late plans are the problem. */
export function Drawer({ late }: { late: LatePlans | null }) {
  const [open, setOpen] = useState(false);
  const [tab, setTab] = useState<Tab>('planning');
  const running = useLive((s) => s.activity?.kind === 'running');
  const opened = useRef(false);
  useEffect(() => {
    if (!running) opened.current = false;
  }, [running]);
  useEffect(() => {
    // Once a run: whoever closes it again has read it.
    if (late === null || !running || opened.current) return;
    opened.current = true;
    setTab('planning');
    setOpen(true);
  }, [late, running]);
  const Mark = open ? IconChevronDown : IconChevronUp;
  return (
    <section
      className="panel run-drawer"
      data-open={open}
      data-testid="drawer"
      aria-label="Planning time and events"
    >
      <header className="drawer-head">
        <UnstyledButton
          className="drawer-toggle"
          onClick={() => setOpen(!open)}
          aria-expanded={open}
          data-testid="drawer-toggle"
        >
          <Mark size={15} aria-hidden="true" />
          <span className="drawer-title">Planning time and events</span>
          <Summary late={late !== null} />
        </UnstyledButton>
        {open && (
          <SegmentedControl
            value={tab}
            onChange={(value) => setTab(value as Tab)}
            data={[
              { value: 'planning', label: 'Planning time' },
              { value: 'events', label: 'Events' },
            ]}
            data-testid="drawer-tab"
          />
        )}
      </header>
      {open && (
        <div className="drawer-body">
          {tab === 'planning' ? (
            <>
              {late && <Advice late={late} />}
              <PlanningPanel />
            </>
          ) : (
            <Events />
          )}
        </div>
      )}
    </section>
  );
}

/** What is in the drawer, in a line. */
function Summary({ late }: { late: boolean }) {
  const events = useLive((s) => s.events.length);
  const missed = useLive((s) => s.counts.missed);
  const median = useSlow(() => {
    const plan = newestPlan();
    const budget = plan && budgetOf(timesOf(planningRows()), plan.periodMs);
    return budget ? `${budget.p50.toFixed(1)} ms of ${plan?.periodMs.toFixed(0)} ms` : null;
  });
  return (
    <span className="drawer-summary tabular" data-tone={late ? 'bad' : undefined}>
      {median ?? 'no plan yet'} · {formatCount(missed, 'late plan')} · {formatCount(events, 'event')}
    </span>
  );
}

function Advice({ late }: { late: LatePlans }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls has to be reached by the keyboard
    <section className="advice" tabIndex={0} aria-label="Advice" data-testid="late-advice">
      <strong>{late.reason}</strong>
      <ul>
        {late.advice.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
    </section>
  );
}

function Events() {
  const events = useLive((s) => s.events);
  return events.length === 0 ? (
    <Empty compact title="Nothing to report">
      Late plans, guard interventions, changes and stops appear here with their step.
    </Empty>
  ) : (
    // Focusable, so that it can be scrolled by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls has to be reached by the keyboard
    <section className="drawer-scroll" tabIndex={0} aria-label="Events">
      <EventList events={events} />
    </section>
  );
}
