import { Collapse, UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';

/** A part of a form that is folded away behind its title; `summary` says what is in it while it is. */
export function Folded({
  title,
  summary = '',
  children,
  testId,
}: {
  title: string;
  summary?: string;
  children: ReactNode;
  testId?: string;
}) {
  const [open, setOpen] = useState(false);
  return (
    <section className="folded">
      <UnstyledButton
        className="folded-title"
        onClick={() => setOpen(!open)}
        aria-expanded={open}
        data-testid={testId}
      >
        <IconChevronRight size={13} className="folded-mark" data-open={open} aria-hidden="true" />
        <span>{title}</span>
        {!open && summary !== '' && <span className="folded-summary">{summary}</span>}
      </UnstyledButton>
      <Collapse expanded={open}>
        <div className="folded-body">{children}</div>
      </Collapse>
    </section>
  );
}
