import { Collapse, UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';

/** A part of a form that is folded away behind its title; `summary` says what is in it while it is. */
export function Folded({
  title,
  summary = '',
  children,
  testId,
  open: given,
  onOpen,
}: {
  title: string;
  summary?: string;
  children: ReactNode;
  testId?: string;
  /** Where somebody else keeps whether it is open. */
  open?: boolean;
  onOpen?: (open: boolean) => void;
}) {
  const [own, setOwn] = useState(false);
  const open = given ?? own;
  const setOpen = onOpen ?? setOwn;
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
